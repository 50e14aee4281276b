// What a running job's steps print, read out of its execution log the way the instance's page does.
import { eventOf } from '#local/sandbox/step-results.ts';
import type { LogEntry } from '#local/sandbox/jobs.ts';

/** Every line that the user's own steps printed so far, oldest first; stream prefixes removed. */
export function stepLines(logs: readonly LogEntry[]): readonly string[] {
  return logs.flatMap((entry) => {
    if (/^step\.(docker|kubernetes)\.step\.\d+\.run$/.test(entry.key)) return linesOf(entry.out);
    if (entry.key === 'step.src.batch-exec') return entry.out.split('\n').flatMap(progressLines);
    return [];
  });
}

/** How far a job is: finished entries first, then what has been printed. */
export function distance(logs: readonly LogEntry[]): number {
  return logs.reduce(
    (sum, entry) => sum + (entry.exitCode === undefined ? 0 : 1e9) + Math.min(entry.out.length, 1e8),
    0,
  );
}

function progressLines(line: string): readonly string[] {
  const event = eventOf(line);
  const metadata =
    event?.['operation'] === 'TASK_STEP' && event['status'] === 'PROGRESS' ? event['metadata'] : undefined;
  const out =
    typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>)['out'] : undefined;
  return typeof out === 'string' ? linesOf(out) : [];
}

function linesOf(out: string): readonly string[] {
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace(/^(stdout|stderr): /, ''));
}
