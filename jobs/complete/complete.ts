// Completion: takes what runners, ECS and the dispatcher say of a job, and is the only one that marks.
//
// C1. The outcome is in the record before the mark is sent. A crash in between, or an instance that is away, leaves a
//     `finished` record, for which the dispatcher asks for the mark again.
// C2. A mark is sent with its own generation's token only, which dies with the first mark that is accepted: any number of
//     sends gives one accepted mark, and "not yours" after a lost answer means done. One that is refused again and again
//     is given up, and its job given back: it would hold its place for ever.
// C3. A stopped task is judged only after its result object was looked for: the event may be the faster one.
// C4. News of an attempt that is not the record's is of the past, and changes nothing.
// C5. The message is acknowledged when the record is written, not when the mark is accepted.
import { applyEvent, type Applied } from '../apply-event.ts';
import type { JobResult } from '../job-result.ts';
import { type AttemptId, parseAttemptId, parseJobKey } from '../keys.ts';
import type { JobOptions } from '../options.ts';
import type { JobRecord } from '../record.ts';
import type { TaskStopped } from '../task-stopped.ts';
import { noteStopped } from '../telemetry.ts';
import { type CompletionWorld, type ResultMessage, StoreUnavailable } from '../world.ts';
import { isMarkDue, markFinished } from './mark.ts';

export type Completed =
  | { readonly kind: 'done' }
  /** Legal and without meaning: about a job or attempt that is over. */
  | { readonly kind: 'ignored'; readonly why: string }
  /** Deliver it again. */
  | { readonly kind: 'retry'; readonly why: string };

export async function complete(
  world: CompletionWorld,
  options: JobOptions,
  message: ResultMessage,
): Promise<Completed> {
  try {
    switch (message.kind) {
      case 'result-stored':
        return await resultStored(world, options, message.attempt);
      case 'task-stopped':
        return await taskStopped(world, options, message.stopped);
      case 'mark-due':
        return await markDue(world, options, message.key);
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    world.journal.metric('StoreFailures', 1);
    return { kind: 'retry', why: error.message };
  }
}

async function resultStored(world: CompletionWorld, options: JobOptions, text: string): Promise<Completed> {
  const attempt = parseAttemptId(text);
  if (attempt.kind === 'unknown') return { kind: 'ignored', why: 'not a name of ours' };
  const stored = await world.jobs.get(attempt.key);
  if (stored === 'none' || stored.record.attempt !== attempt.number) return past;
  const result = await readResult(world, attempt.id);
  // The stopped task's exit code decides, which no step can forge.
  if (result === undefined) return { kind: 'ignored', why: 'no readable result' };
  const applied = await applyEvent(
    world,
    options,
    attempt.key,
    (record) => (record.attempt === attempt.number ? { kind: 'result', result } : undefined),
    stored,
  );
  return followUp(world, options, applied);
}

async function readResult(world: CompletionWorld, attempt: AttemptId): Promise<JobResult | undefined> {
  const result = await world.payloads.result(attempt);
  if (result === 'none') return undefined;
  if (result !== 'unreadable' && result.attempt === attempt) return result;
  world.journal.metric('ResultsForged', 1);
  world.journal.log('warn', 'a result is unreadable or names another attempt', { attempt });
  return undefined;
}

async function taskStopped(world: CompletionWorld, options: JobOptions, stopped: TaskStopped): Promise<Completed> {
  const attempt = parseAttemptId(stopped.attempt);
  if (attempt.kind === 'unknown') return { kind: 'ignored', why: 'not a task of ours' };
  noteStopped(world.journal, stopped);
  const stored = await world.jobs.get(attempt.key);
  if (stored === 'none' || !isCurrent(stored.record, attempt.number, stopped.task)) return past;
  const result = await readResult(world, attempt.id);
  const applied = await applyEvent(
    world,
    options,
    attempt.key,
    (record) =>
      isCurrent(record, attempt.number, stopped.task) ? { kind: 'task-stopped', stopped, result } : undefined,
    stored,
  );
  return followUp(world, options, applied);
}

// Two tasks of one attempt can only come from a token that ECS forgot; the record knows which one is meant.
function isCurrent(record: JobRecord, attempt: number, task: string): boolean {
  return record.attempt === attempt && (!('task' in record.state) || record.state.task === task);
}

async function markDue(world: CompletionWorld, options: JobOptions, text: string): Promise<Completed> {
  const key = parseJobKey(text);
  if (key.kind === 'unknown') return { kind: 'ignored', why: 'not a name of ours' };
  const stored = await world.jobs.get(key.key);
  if (stored === 'none') return past;
  return followUp(world, options, { kind: 'same', stored });
}

const past: Completed = { kind: 'ignored', why: 'that job or attempt is over' };

/** Marks what is finished; also when somebody else finished it, whose mark may not have come through. */
async function followUp(world: CompletionWorld, options: JobOptions, applied: Applied): Promise<Completed> {
  if (applied.kind === 'gone') return past;
  if (applied.kind === 'removed') return { kind: 'done' };
  const { stored } = applied;
  if (isMarkDue(stored, world.clock.now())) await markFinished(world, options, stored);
  return { kind: 'done' };
}
