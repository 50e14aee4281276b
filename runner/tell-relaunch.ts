// Tells in the job's own log that it runs once more, and why: the first entry of a later attempt.
import type { Payload } from '#jobs/payload.ts';
import type { LogEntries } from './log-entries/log-entries.ts';

const RELAUNCH_KEY = 'setup.relaunch';

export function tellRelaunch(
  { attemptNumber, relaunchedBecause }: Pick<Payload, 'attemptNumber' | 'relaunchedBecause'>,
  entries: LogEntries,
): void {
  if (relaunchedBecause === undefined) return;
  const entry = entries.begin(RELAUNCH_KEY, null);
  entry.output('stdout', Buffer.from(`launched again, attempt ${attemptNumber}: ${relaunchedBecause}\n`));
  entry.end(0);
}
