// From a stored job to a task. The request is written into the record before it is sent, and a successor sends the very
// same again: ECS knows it by its client token, so that any number of sends gives one task.
//
// L1. A request is never built anew for an attempt that may have been launched: only a refusal leads back to `to-launch`.
// L2. An answer speaks of its own request only. While one dispatcher follows another, both may send the same request and
//     hear different things; whoever hears of a task that the record no longer waits for stops it.
// L3. A refusal is replayed by ECS for the same token, so the next try of the same attempt gets a new one.
// L4. ECS may look at permissions, parameters and definition before it looks at the token. Such a refusal speaks of its own
//     send only: if one before it went unanswered, or may have, its task is looked for until it would surely be shown.
import { createHash } from 'node:crypto';
import type { Job } from '#sourcegraph/job.ts';
import { applyEvent } from '../apply-event.ts';
import { attemptId } from '../keys.ts';
import { backoff, jittered, LIMITS } from '../limits.ts';
import { buildPayload } from '../build-payload.ts';
import { type JobRecord, type JobState, taskOf } from '../record.ts';
import { definitionHash, planTask } from '../step-containers.ts';
import { classifyReason, type StopReason } from '../stop-reasons.ts';
import type { JobEvent } from '../events.ts';
import type { TaskDefinition } from '../task-definition.ts';
import { jobFields } from '../telemetry.ts';
import type { DefineAnswer, LaunchAnswer, LaunchRequest, Millis, Stored } from '../world.ts';
import type { Shift } from './shift.ts';
import { stopSuperfluous } from './sweep.ts';
import { settleWaiting, tellLaunch } from './tell-waiting.ts';

/** Applies the event if the record is still at the step that it is about. */
async function moved(shift: Shift, stored: Stored, event: JobEvent): Promise<Stored | undefined> {
  const applied = await applyEvent(
    shift.world,
    shift.options,
    stored.record.key,
    (latest) => (isSameStep(latest, stored.record) ? event : undefined),
    stored,
  );
  return applied.kind === 'changed' ? applied.stored : undefined;
}

function isSameStep(latest: JobRecord, before: JobRecord): boolean {
  if (latest.state.kind !== before.state.kind || latest.attempt !== before.attempt) return false;
  if (latest.state.kind === 'launching' && before.state.kind === 'launching') {
    return latest.state.request.clientToken === before.state.request.clientToken;
  }
  return latest.refusals === before.refusals;
}

const draw = (shift: Shift): number => shift.world.random.fraction();

const later = (shift: Shift, why: string, ms: number): JobEvent => ({
  kind: 'put-off',
  why,
  delayMs: jittered(ms, draw(shift)),
});

export async function prepare(shift: Shift, found: Stored): Promise<Stored | undefined> {
  const { world, options } = shift;
  const stored = await settleWaiting(shift, found);
  if (stored === 'unsettled') return moved(shift, found, later(shift, 'Sourcegraph did not answer', 2_000));
  const { record } = stored;
  const job = await world.payloads.loadJob(record.key);
  if (job === 'none') {
    // Its removal began, for a heartbeat's answer that left it out, and was broken off before the record was gone. The
    // job is as good as any: Sourcegraph gives it out again once nobody speaks for it.
    return moved(shift, stored, { kind: 'not-ours', why: 'its removal had begun' });
  }
  const plan = planTask(job, { ...options.plan, size: record.size });
  if (plan.kind === 'unplannable') {
    return moved(shift, stored, { kind: 'impossible', errorMessage: plan.message, failure: 'refused' });
  }
  const defined = await define(shift, plan.definition);
  if (defined.kind !== 'defined') return moved(shift, stored, notDefined(shift, record, defined));
  const request = await writeRequest(shift, record, job, plan.stepContainers, defined.definition);
  if (request === undefined) return moved(shift, stored, later(shift, 'the payload could not be stored', 2_000));
  const prepared = await moved(shift, stored, { kind: 'prepared', request });
  if (prepared !== undefined) shift.taskless.set(record.key, request.clientToken);
  return prepared;
}

async function writeRequest(
  shift: Shift,
  record: JobRecord,
  job: Job,
  stepContainers: Parameters<typeof buildPayload>[3],
  definition: string,
): Promise<LaunchRequest | undefined> {
  const { world, options } = shift;
  const attempt = attemptId(record.key, record.attempt);
  const written = await world.payloads.write(attempt, (links, forget) =>
    buildPayload(record, job, options, stepContainers, links, forget),
  );
  if (written.kind !== 'written') {
    world.journal.log('warn', 'a payload could not be stored', { ...jobFields(record), error: written.message });
    return undefined;
  }
  return {
    attempt,
    clientToken: createHash('sha256').update(`${attempt}#${record.refusals}`).digest('hex').slice(0, 48),
    definition,
    payloadUrl: written.payloadUrl,
    capacity: capacityFor(shift, record),
    size: record.size,
  };
}

function capacityFor(shift: Shift, record: JobRecord): LaunchRequest['capacity'] {
  const { spot } = shift.options;
  if (spot === 'always') return 'spot';
  // A refusal of Spot capacity is answered by on-demand in the very next try.
  const fallback = record.losses.spot >= LIMITS.spotLosses || record.capacityRefusal?.capacity === 'spot';
  return spot === 'with-fallback' && !fallback ? 'spot' : 'on-demand';
}

async function define(shift: Shift, definition: TaskDefinition): Promise<DefineAnswer> {
  const hash = definitionHash(definition);
  const underWay = shift.defining.get(hash);
  if (underWay !== undefined) return underWay;
  const defining = shift.world.tasks.define(definition).finally(() => shift.defining.delete(hash));
  shift.defining.set(hash, defining);
  return defining;
}

function notDefined(shift: Shift, record: JobRecord, answer: Exclude<DefineAnswer, { kind: 'defined' }>): JobEvent {
  const { journal } = shift.world;
  switch (answer.kind) {
    case 'throttled':
      journal.metric('Throttles', 1, { Call: 'RegisterTaskDefinition' });
      return later(shift, 'AWS limits how often task definitions are registered', 4_000);
    case 'unreachable':
      return later(shift, 'ECS did not answer', 2_000);
    case 'rejected': {
      const passing = passingReason(answer.message);
      noteRejected(shift, record, 'ECS rejected a task definition', answer.message, passing);
      // No request was written that a refusal could be about.
      return passing === undefined
        ? impossible(answer.message)
        : later(shift, passing.sentence, asLongAgain(shift, record));
    }
  }
}

/** A rejection that is not for good, whatever the exception's name says: the same may be taken later. */
function passingReason(message: string): StopReason | undefined {
  const reason = classifyReason(message);
  return reason?.class === 'capacity' || reason?.class === 'infrastructure' ? reason : undefined;
}

function noteRejected(
  { world: { journal } }: Shift,
  record: JobRecord,
  what: string,
  error: string,
  passing: StopReason | undefined,
): void {
  if (passing === undefined) journal.metric('LaunchRejections', 1);
  journal.log(passing === undefined ? 'error' : 'warn', what, { ...jobFields(record), error });
}

function impossible(message: string): JobEvent {
  const reason = classifyReason(message);
  return {
    kind: 'impossible',
    errorMessage: `the task could not be launched: ${reason?.sentence ?? message}`,
    failure: reason?.failure ?? 'configuration',
  };
}

/** What has failed for long is tried ever more rarely, without a count in the record. */
function asLongAgain({ world }: Shift, { state }: JobRecord): Millis {
  const { baseMs, capMs } = LIMITS.capacityBackoff;
  return Math.min(capMs, Math.max(baseMs, world.clock.now() - state.since));
}

const capacityDelay = (shift: Shift, record: JobRecord): number =>
  1_000 + backoff(record.capacityRefusal?.times ?? 0, LIMITS.capacityBackoff, draw(shift));

export async function sendLaunch(
  shift: Shift,
  stored: Stored,
  state: Extract<JobState, { kind: 'launching' }>,
): Promise<Stored | undefined> {
  const { world } = shift;
  const { record } = stored;
  const { request } = state;
  const now = world.clock.now();
  if (state.lookingSince !== undefined) return lookForTask(shift, stored, state.lookingSince);
  const isTaskless = shift.taskless.get(record.key) === request.clientToken;
  // ECS may have forgotten the token.
  if (now - state.since > LIMITS.resendAgeMaxMs) return moved(shift, stored, isTaskless ? unconfirmed : inDoubt);
  const waitMs = shift.launches.takeSoon(now, LIMITS.tickMs);
  if (waitMs === undefined) return tellLaunch(shift, stored);
  if (waitMs > 0 && (await world.clock.sleep(waitMs, shift.ending.signal)) === 'aborted') return undefined;
  shift.taskless.delete(record.key);
  const answer = await world.tasks.launch(request);
  if (answer.kind === 'started') return noteStarted(shift, stored, request, answer.task);
  if (isTaskless && answer.kind !== 'unreachable') shift.taskless.set(record.key, request.clientToken);
  const event = refusalEvent(shift, record, answer);
  const isAboutToken = answer.kind !== 'rejected' && answer.kind !== 'definition-gone';
  return moved(shift, stored, isTaskless || isAboutToken ? event : inDoubt);
}

const unconfirmed = { kind: 'launch-refused', why: 'AWS never confirmed the launch', delayMs: 0 } as const;
const inDoubt = { kind: 'launch-in-doubt', why: 'AWS has not said whether it launched the task' } as const;

async function noteStarted(
  shift: Shift,
  stored: Stored,
  request: LaunchRequest,
  task: string,
): Promise<Stored | undefined> {
  const { world, options } = shift;
  shift.admission.grow();
  world.journal.metric('TasksLaunched', 1, { Capacity: request.capacity });
  const applied = await applyEvent(
    world,
    options,
    stored.record.key,
    (latest) => (awaits(latest, request) ? { kind: 'launched', task } : undefined),
    stored,
  );
  if (applied.kind === 'changed') return applied.stored;
  if (applied.kind === 'same' && taskOf(applied.stored.record) === task) return undefined;
  await stopSuperfluous(shift, task, request.attempt);
  return undefined;
}

/** The record waits for this request's task, or was told that there is none and has asked for no other yet. */
function awaits({ attempt, key, state }: JobRecord, request: LaunchRequest): boolean {
  if (state.kind === 'launching') return state.request.clientToken === request.clientToken;
  return state.kind === 'to-launch' && attemptId(key, attempt) === request.attempt;
}

function refusalEvent(shift: Shift, record: JobRecord, answer: Exclude<LaunchAnswer, { kind: 'started' }>): JobEvent {
  const { journal, clock } = shift.world;
  switch (answer.kind) {
    case 'throttled':
      journal.metric('Throttles', 1, { Call: 'RunTask' });
      shift.launches.throttled(clock.now());
      return later(shift, 'AWS limits how often tasks are launched', 2_000);
    case 'no-capacity':
    case 'quota-reached': {
      journal.metric('CapacityRefusals', 1, { Reason: answer.kind });
      shift.admission.shut(clock.now());
      const why = classifyReason(answer.message)?.sentence ?? answer.message;
      return { kind: 'launch-refused', why, delayMs: capacityDelay(shift, record), isForCapacity: true };
    }
    case 'definition-gone':
      return { kind: 'launch-refused', why: 'the task definition was gone', delayMs: jittered(1_000, draw(shift)) };
    case 'unreachable':
      return later(shift, 'ECS did not answer', LIMITS.resendMs);
    case 'rejected': {
      const passing = passingReason(answer.message);
      noteRejected(shift, record, 'ECS rejected a launch', answer.message, passing);
      if (passing === undefined) return impossible(answer.message);
      const isForCapacity = passing.class === 'capacity';
      const delayMs = 1_000 + backoff(record.refusals, LIMITS.capacityBackoff, draw(shift));
      return { kind: 'launch-refused', why: passing.sentence, delayMs, isForCapacity };
    }
  }
}

/** By now ./reconcile.ts would have found the task in ECS's list and moved the record on, or there is none. */
async function lookForTask(shift: Shift, stored: Stored, lookingSince: Millis): Promise<Stored | undefined> {
  const { lookedAt } = shift;
  const isShown = lookedAt !== undefined && lookedAt >= lookingSince + LIMITS.visibilityMs;
  return moved(shift, stored, isShown ? unconfirmed : later(shift, inDoubt.why, LIMITS.reconcileFastMs));
}
