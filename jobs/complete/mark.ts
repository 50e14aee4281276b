// Tells Sourcegraph the outcome that the record holds, and takes the job's traces away once that is answered.
import { applyEvent } from '../apply-event.ts';
import { LIMITS } from '../limits.ts';
import type { JobOptions } from '../options.ts';
import { jobFields } from '../telemetry.ts';
import { within } from '../within.ts';
import type { CompletionWorld, Millis, Refused, Stored } from '../world.ts';

export async function markFinished(world: CompletionWorld, options: JobOptions, stored: Stored): Promise<void> {
  const { record } = stored;
  const { state, queue, jobId, token } = record;
  if (state.kind !== 'finished') return;
  const answer = await within(world.clock, LIMITS.callTimeoutMs, undefined, (signal) =>
    world.instance.mark({ queue, jobId, token }, state.outcome, signal),
  );
  if (answer === 'marked' || answer === 'not-ours') {
    await applyEvent(world, options, record.key, { kind: 'mark-answered', answer }, stored);
    return;
  }
  if (answer.kind === 'refused') {
    await noteRefused(world, options, stored, answer);
    return;
  }
  world.journal.metric('SourcegraphUnreachable', 1, { Call: 'mark' });
  world.journal.log('warn', 'a mark was not answered', { ...jobFields(record), error: answer.message });
  await applyEvent(world, options, record.key, { kind: 'mark-unanswered' }, stored);
}

async function noteRefused(
  world: CompletionWorld,
  options: JobOptions,
  stored: Stored,
  { message, status }: Refused,
): Promise<void> {
  const { record } = stored;
  const applied = await applyEvent(world, options, record.key, { kind: 'mark-refused', status }, stored);
  const fields = { ...jobFields(record), status, error: message };
  // What was too long has become shorter, once.
  if (applied.kind === 'changed' && isMarkDue(applied.stored, world.clock.now())) {
    world.journal.log('warn', 'Sourcegraph refused a mark, which is sent again shorter', fields);
    await markFinished(world, options, applied.stored);
    return;
  }
  const isGivenUp = applied.kind === 'removed';
  world.journal.metric('MarksRefused', 1);
  world.journal.log(
    'error',
    isGivenUp ? 'gives a job back: Sourcegraph refuses every mark of it' : 'Sourcegraph refused a mark',
    fields,
  );
}

/** Whether the record holds an outcome whose mark is not put off. */
export function isMarkDue({ record: { state } }: Stored, now: Millis): boolean {
  return state.kind === 'finished' && state.notBefore <= now;
}
