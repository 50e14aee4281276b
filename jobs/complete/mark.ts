// Tells Sourcegraph the outcome that the record holds, and takes the job's traces away once that is answered.
import { applyEvent } from '../apply-event.ts';
import { LIMITS } from '../limits.ts';
import type { JobOptions } from '../options.ts';
import { jobFields } from '../telemetry.ts';
import { within } from '../within.ts';
import type { CompletionWorld, Stored } from '../world.ts';

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
  world.journal.metric('SourcegraphUnreachable', 1, { Call: 'mark' });
  world.journal.log('warn', 'a mark was not accepted', { ...jobFields(record), error: answer.message });
  await applyEvent(world, options, record.key, { kind: 'mark-unanswered' }, stored);
}
