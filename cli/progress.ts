// Progress of a run on the terminal: one line of counts, and the live output of the job that is furthest on. On a
// terminal the counts stay at the bottom; into a file or a pipe they are printed when they change.
import type { SandboxJob } from '#local/sandbox/jobs.ts';
import { isFinished } from '#local/sandbox/jobs.ts';
import { distance, stepLines } from './live-output.ts';

export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly terminal: boolean;
  /** Columns of the terminal. */
  readonly columns: () => number;
  readonly quiet: boolean;
  /** What the user calls a job: its repository and path. */
  readonly label: (job: SandboxJob) => string;
}

const CLEAR_LINE = '\r\u001b[K';

export class Progress {
  private readonly options: ProgressOptions;
  private followed: SandboxJob | undefined;
  private printedLines = 0;
  private counts = '';

  constructor(options: ProgressOptions) {
    this.options = options;
  }

  /** Shows the state of all jobs; to be called after each change. */
  update(jobs: readonly SandboxJob[]): void {
    if (!this.options.quiet) this.follow(jobs);
    for (const line of this.countsIfChanged(jobs)) this.options.write(line);
  }

  /** Takes the line of counts off the terminal. */
  end(): void {
    if (this.options.terminal) this.options.write(CLEAR_LINE);
  }

  private follow(jobs: readonly SandboxJob[]): void {
    // One job at a time, to its end, so that lines of two jobs never mix.
    if (
      this.followed === undefined ||
      this.followed.state === 'queued' ||
      (isFinished(this.followed) && this.rest(this.followed).length === 0)
    ) {
      const running = jobs.filter((job) => job.state === 'processing');
      const furthest = running.reduce<SandboxJob | undefined>(
        (best, job) => (best === undefined || distance(job.logs) > distance(best.logs) ? job : best),
        undefined,
      );
      if (furthest !== this.followed) this.printedLines = 0;
      this.followed = furthest;
    }
    const job = this.followed;
    if (job === undefined) return;
    const lines = this.rest(job);
    this.printedLines += lines.length;
    for (const line of lines) this.print(`[${this.options.label(job)}] | ${printable(line)}`);
  }

  private rest(job: SandboxJob): readonly string[] {
    return stepLines(job.logs).slice(this.printedLines);
  }

  private print(line: string): void {
    if (!this.options.terminal) {
      this.options.write(`${line}\n`);
      return;
    }
    this.options.write(`${CLEAR_LINE}${line.slice(0, 4_096)}\n${this.counts}`);
  }

  private countsIfChanged(jobs: readonly SandboxJob[]): readonly string[] {
    const of = (test: (job: SandboxJob) => boolean): number => jobs.filter(test).length;
    const failed = of((job) => isFinished(job) && job.state !== 'completed');
    const text = `${of((job) => job.state === 'queued')} queued, ${of((job) => job.state === 'processing')} running, ${of(isFinished)} done${failed > 0 ? ` (${failed} failed)` : ''}`;
    const shown = this.options.terminal ? text.slice(0, Math.max(1, this.options.columns() - 1)) : text;
    if (shown === this.counts) return [];
    this.counts = shown;
    return [this.options.terminal ? `${CLEAR_LINE}${shown}` : `${shown}\n`];
  }
}

// A step's output is not trusted with the terminal: control characters (but tabs) are shown, not obeyed.
function printable(line: string): string {
  return line.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
