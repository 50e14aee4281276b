// Events of `src batch exec` in the form in which the transcripts keep them.
import { isDeepStrictEqual } from 'node:util';
import type { EventLine } from './capture.ts';

interface Progress {
  readonly operation: 'TASK_STEP';
  readonly status: 'PROGRESS';
  readonly metadata: { readonly step: number; readonly out: string };
}

const isProgress = (event: EventLine | undefined): event is EventLine & Progress =>
  event?.['operation'] === 'TASK_STEP' && event['status'] === 'PROGRESS';

/** Consecutive progress of one step is one event: how often it is flushed is a matter of time. */
export function merged(events: readonly EventLine[]): EventLine[] {
  const all: EventLine[] = [];
  for (const event of events) {
    const last = all.at(-1);
    if (isProgress(event) && isProgress(last) && last.metadata.step === event.metadata.step) {
      all[all.length - 1] = { ...last, metadata: { ...last.metadata, out: last.metadata.out + event.metadata.out } };
    } else {
      all.push(event);
    }
  }
  return all;
}

/** Equal, but for the order of the two streams' lines in a step's output; each stream keeps its own. */
export function sameOutput(actual: readonly EventLine[], expected: readonly EventLine[]): boolean {
  return isDeepStrictEqual(actual.map(byStream), expected.map(byStream));
}

function byStream(event: EventLine): EventLine {
  if (!isProgress(event)) return event;
  const lines = event.metadata.out.split(/(?<=\n)/);
  const of = (stream: string): string[] => lines.filter((line) => line.startsWith(`${stream}: `));
  const others = lines.filter((line) => !/^(?:stdout|stderr): /.test(line));
  return { ...event, metadata: { ...event.metadata, out: [of('stdout'), of('stderr'), others] } };
}
