// What operators see of a job's life: one log line and the metrics of each transition, in one place, so that no caller
// can forget them.
import { taskCostMicroDollars } from './cost.ts';
import type { JobOptions } from './options.ts';
import type { JobRecord } from './record.ts';
import type { JobEvent, Next } from './events.ts';
import type { TaskStopped } from './task-stopped.ts';
import type { CompletionWorld, Journal, Millis } from './world.ts';

/** Correlation fields of every line about a job. */
export function jobFields(record: JobRecord): Readonly<Record<string, unknown>> {
  return { job: record.key, queue: record.queue, jobId: record.jobId, attempt: record.attempt };
}

export function noteTransition(
  world: CompletionWorld,
  options: JobOptions,
  before: JobRecord,
  event: JobEvent,
  decided: Exclude<Next, { kind: 'same' }>,
): void {
  const { journal } = world;
  const now = world.clock.now();
  const to = decided.kind === 'next' ? decided.record.state.kind : `removed (${decided.why})`;
  if (decided.kind === 'next') noteChange(journal, before, event, decided.record);
  else noteEnd(journal, before, decided.why, now);
  if (isEndOfAttempt(before, decided)) noteCost(journal, options, before, event, now);
  const routine = event.kind === 'put-off' || before.state.kind === to;
  journal.log(routine ? 'debug' : 'info', `${before.state.kind} -> ${to}`, {
    ...jobFields(before),
    event: event.kind,
    ...reasonOf(event),
    ...(decided.kind === 'next' ? failureOf(before, decided.record) : {}),
  });
}

/** What a user will read as the reason, once: when it is decided. */
function failureOf(before: JobRecord, { state }: JobRecord): Readonly<Record<string, unknown>> {
  if (state.kind !== 'finished' || before.state.kind === 'finished' || state.outcome.kind === 'completed') return {};
  return { failure: state.failure ?? 'internal', errorMessage: state.outcome.errorMessage.slice(0, SHOWN_MAX) };
}

const SHOWN_MAX = 300;

function reasonOf(event: JobEvent): Readonly<Record<string, unknown>> {
  switch (event.kind) {
    case 'impossible':
    case 'struck':
      return { reason: event.errorMessage };
    case 'put-off':
    case 'launch-refused':
    case 'launch-in-doubt':
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
    case 'mark-refused':
      return { status: event.status };
    case 'cancelled':
    case 'overdue':
    case 'mark-unanswered':
    case 'stop-accepted':
      return {};
  }
}

function noteChange(journal: Journal, before: JobRecord, event: JobEvent, after: JobRecord): void {
  noteStart(journal, before, event);
  if (after.attempt > before.attempt) journal.metric('Relaunches', 1);
  const spot = after.losses.spot - before.losses.spot;
  const infrastructure = after.losses.infrastructure - before.losses.infrastructure;
  if (spot > 0) journal.metric('SpotLosses', spot);
  if (infrastructure > 0) journal.metric('InfrastructureLosses', infrastructure);
  if (after.state.kind === 'finished' && before.state.kind !== 'finished') noteLogBytes(journal, event);
}

/** Of every task that ends, also when its job has been marked long since: by then the record is gone. */
export function noteStopped(journal: Journal, { pullStartedAt, pullStoppedAt }: TaskStopped): void {
  if (pullStartedAt === undefined || pullStoppedAt === undefined) return;
  journal.metric('ImagePullTime', pullStoppedAt - pullStartedAt);
}

/** A short job's end may be heard before anybody has seen its task run: what tells of the end tells of the start as well. */
function noteStart(journal: Journal, before: JobRecord, event: JobEvent): void {
  if (before.attempt !== 1 || !['to-launch', 'launching', 'starting'].includes(before.state.kind)) return;
  const startedAt = startOf(event);
  if (startedAt !== undefined) journal.metric('LaunchLatency', Math.max(0, startedAt - before.dequeuedAt));
}

function startOf(event: JobEvent): Millis | undefined {
  if (event.kind === 'task-running') return event.startedAt;
  if (event.kind === 'task-stopped') return event.stopped.startedAt;
  return event.kind === 'result' ? event.result.startedAt : undefined;
}

function noteLogBytes(journal: Journal, event: JobEvent): void {
  if (event.kind === 'result') journal.metric('LogBytes', event.result.logBytesSent);
  if (event.kind === 'task-stopped' && event.result !== undefined) {
    journal.metric('LogBytes', event.result.logBytesSent);
  }
}

function isEndOfAttempt(before: JobRecord, decided: Exclude<Next, { kind: 'same' }>): boolean {
  if (!['launching', 'starting', 'running', 'stopping'].includes(before.state.kind)) return false;
  if (decided.kind === 'remove') return true;
  const { attempt, state } = decided.record;
  return attempt > before.attempt || state.kind === 'finished';
}

/** ECS needs about so long for an address before the pull begins, and nothing is billed until then. */
const UNBILLED_MS = 10_000;

/** Each attempt costs, whatever became of it; one that no task is known of did not. */
function noteCost(journal: Journal, { billed }: JobOptions, before: JobRecord, event: JobEvent, now: Millis): void {
  const { launched, size } = before;
  const stopped = event.kind === 'task-stopped' ? event.stopped : undefined;
  const exists = 'task' in before.state || stopped !== undefined || event.kind === 'result';
  if (billed === undefined || launched === undefined || !exists) return;
  const from = stopped?.pullStartedAt ?? launched.at + UNBILLED_MS;
  const until = stopped?.stoppedAt ?? now;
  const kind = { size, architecture: billed, capacity: launched.capacity };
  journal.metric('TaskCostMicroDollars', taskCostMicroDollars(kind, until - from));
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
