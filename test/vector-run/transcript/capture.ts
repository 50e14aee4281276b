// What a program wrote, and its event lines as the transcripts hold them.
import type { StepOutput } from '#runner/step-container.ts';

export class Capture {
  readonly #parts: Record<'stdout' | 'stderr', Uint8Array[]> = { stdout: [], stderr: [] };

  readonly output: StepOutput = (stream, bytes) => {
    this.#parts[stream].push(Uint8Array.from(bytes));
  };

  get stdout(): string {
    return Buffer.concat(this.#parts.stdout).toString('utf8');
  }

  get stderr(): string {
    return Buffer.concat(this.#parts.stderr).toString('utf8');
  }
}

export type EventLine = Readonly<Record<string, unknown>>;

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;

/** One object a line, without the timestamp, whose form is checked; a line that is no event is `{"$text": line}`. */
export function eventLines(stdout: string): EventLine[] {
  if (stdout === '') return [];
  const lines = stdout.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => {
    const event = parsed(line);
    if (event === undefined) return { $text: line };
    const { timestamp, ...rest } = event;
    return typeof timestamp === 'string' && TIMESTAMP.test(timestamp) ? rest : { $badTimestamp: timestamp, ...rest };
  });
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'operation' in value ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
