// What operators see of a job's life: one log line and the metrics of each transition, in one place, so that no caller
// can forget them.
import type { JobRecord } from './record.ts';
import type { JobEvent, Next } from './states.ts';
import type { CompletionWorld, Journal } from './world.ts';

/** Correlation fields of every line about a job. */
export function jobFields(record: JobRecord): Readonly<Record<string, unknown>> {
  return { job: record.key, queue: record.queue, jobId: record.jobId, attempt: record.attempt };
}

export function noteTransition(
  world: CompletionWorld,
  before: JobRecord,
  event: JobEvent,
  decided: Exclude<Next, { kind: 'same' }>,
): void {
  const { journal } = world;
  const now = world.clock.now();
  const to = decided.kind === 'next' ? decided.record.state.kind : `removed (${decided.why})`;
  if (decided.kind === 'next') noteChange(journal, before, event, decided.record, now);
  else noteEnd(journal, before, decided.why, now);
  const routine = event.kind === 'put-off' || before.state.kind === to;
  journal.log(routine ? 'debug' : 'info', `${before.state.kind} -> ${to}`, {
    ...jobFields(before),
    event: event.kind,
    ...reasonOf(event),
  });
}

function reasonOf(event: JobEvent): Readonly<Record<string, unknown>> {
  switch (event.kind) {
    case 'impossible':
    case 'struck':
      return { reason: event.errorMessage };
    case 'put-off':
    case 'launch-refused':
    case 'not-ours':
      return { reason: event.why };
    case 'task-stopped':
      return {
        task: event.stopped.task,
        stopCode: event.stopped.stopCode,
        stoppedReason: event.stopped.stoppedReason,
        containers: event.stopped.containers.map(({ name, exitCode, reason }) => ({ name, exitCode, reason })),
      };
    case 'result':
      return { outcome: event.result.outcome.kind };
    case 'launched':
    case 'task-running':
      return { task: event.task };
    case 'prepared':
      return { definition: event.request.definition, capacity: event.request.capacity };
    case 'mark-answered':
      return { answer: event.answer };
    case 'cancelled':
    case 'overdue':
    case 'mark-unanswered':
      return {};
  }
}

function noteChange(journal: Journal, before: JobRecord, event: JobEvent, after: JobRecord, now: number): void {
  if (after.state.kind === 'running' && before.state.kind !== 'running' && before.attempt === 1) {
    journal.metric('LaunchLatency', after.state.since - before.dequeuedAt);
  }
  if (after.attempt > before.attempt) journal.metric('Relaunches', 1);
  const spot = after.losses.spot - before.losses.spot;
  const infrastructure = after.losses.infrastructure - before.losses.infrastructure;
  if (spot > 0) journal.metric('SpotLosses', spot);
  if (infrastructure > 0) journal.metric('InfrastructureLosses', infrastructure);
  if (event.kind === 'task-stopped') {
    const { pullStartedAt, pullStoppedAt } = event.stopped;
    if (pullStartedAt !== undefined && pullStoppedAt !== undefined) {
      journal.metric('ImagePullTime', pullStoppedAt - pullStartedAt);
    }
  }
  if (after.state.kind === 'finished' && before.state.kind !== 'finished') noteCost(journal, before, event, now);
}

// us-east-1, Linux on x86_64, November 2026: an estimate to compare jobs by, not a bill.
const MICRO_DOLLARS_PER_VCPU_SECOND = 11.24;
const MICRO_DOLLARS_PER_GIB_SECOND = 1.235;

function noteCost(journal: Journal, before: JobRecord, event: JobEvent, now: number): void {
  if (event.kind === 'result') journal.metric('LogBytes', event.result.logBytesSent);
  if (event.kind === 'task-stopped' && event.result !== undefined) {
    journal.metric('LogBytes', event.result.logBytesSent);
  }
  if (before.state.kind !== 'running') return;
  // Billed for at least a minute, from the start of the image pull on.
  const seconds = Math.max(60, (now - before.state.since) / 1000);
  const { cpuUnits, memoryMiB } = before.size;
  const perSecond =
    (cpuUnits / 1024) * MICRO_DOLLARS_PER_VCPU_SECOND + (memoryMiB / 1024) * MICRO_DOLLARS_PER_GIB_SECOND;
  journal.metric('JobCostMicroDollars', Math.round(seconds * perSecond));
}

function noteEnd(journal: Journal, record: JobRecord, why: 'marked' | 'not-ours' | 'given-back', now: number): void {
  const { state } = record;
  if (why === 'given-back' || state.kind !== 'finished') {
    journal.metric('JobsGivenBack', 1);
    return;
  }
  // After a mark whose answer was lost, "not yours" is the instance's way to say that it had come through.
  if (why === 'not-ours' && state.tries === 0) journal.metric('MarksNotOurs', 1);
  if (state.outcome.kind === 'completed') journal.metric('JobsCompleted', 1);
  else journal.metric('JobsFailed', 1, { Failure: state.failure ?? 'internal' });
  journal.metric('CompletionLag', now - state.since);
  journal.metric('JobDuration', now - record.dequeuedAt);
}
