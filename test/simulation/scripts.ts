// The simulated jobs: what each one's steps do, written into the job itself so that the simulated runner reads it where
// a real one reads its commands, and so that the checkers know what the truth is.
import type { JobTemplate } from '#local/sandbox/jobs.ts';
import type { Kernel } from './kernel.ts';

export interface StepScript {
  readonly ms: number;
  readonly exit: number;
}

export interface JobScript {
  readonly steps: readonly StepScript[];
  /** The runner does not keep its deadline (it hangs, deaf to signals). */
  readonly deaf: boolean;
  readonly poisonous: boolean;
}

/** A step as its job tells it. */
export interface TaskStep extends StepScript {
  readonly deaf: boolean;
}

const MINUTE = 60_000;
/** Time limits of jobs, a world each: most are short, because a world with long jobs takes long. */
export const SHORT_LIMIT_MS = 4 * MINUTE;
/** Longer than a launch may take, than a new task may be invisible, than links are left alone (jobs/limits.ts). */
export const LONG_LIMIT_MS = 30 * MINUTE;

export function drawScript(kernel: Kernel, poisonous: boolean, runtimeLimitMs: number): JobScript {
  const kind = kernel.between(0, 20);
  const steps = Array.from({ length: kernel.between(1, 4) }, () => ({ ms: kernel.between(50, 40_000), exit: 0 }));
  if (runtimeLimitMs === LONG_LIMIT_MS && kernel.chance(0.2)) {
    steps.push({ ms: kernel.between(6 * MINUTE, 25 * MINUTE), exit: 0 });
  }
  if (kind === 0) return { steps: [...steps, { ms: kernel.between(50, 5_000), exit: 1 }], deaf: false, poisonous };
  if (kind === 1) return { steps: [{ ms: 60 * MINUTE, exit: 0 }], deaf: false, poisonous };
  if (kind === 2 && kernel.chance(0.5)) return { steps: [{ ms: 60 * MINUTE, exit: 0 }], deaf: true, poisonous };
  return { steps, deaf: false, poisonous };
}

/** What must become of the job in a world without faults and cancels. */
export function truth(script: JobScript, runtimeLimitMs: number): 'completed' | 'step-failed' | 'deadline' {
  if (script.steps.some(({ exit }) => exit !== 0)) return 'step-failed';
  return script.steps.reduce((sum, { ms }) => sum + ms, 0) > runtimeLimitMs ? 'deadline' : 'completed';
}

export function template(script: JobScript): JobTemplate {
  const { deaf, steps } = script;
  return {
    version: 2,
    repositoryName: '',
    dockerSteps: steps.map(({ exit, ms }, index) => {
      const step: TaskStep = { ms, exit, deaf };
      return { key: `step.${index}.run`, image: `image-${index}`, commands: [JSON.stringify(step)] };
    }),
  };
}

export function readStep([command = '{}']: readonly string[]): TaskStep {
  return JSON.parse(command) as TaskStep;
}

/** What a step prints, and how long after its start; the last line is its end. */
export function stepOutput({ ms }: StepScript): readonly { readonly atMs: number; readonly line: string }[] {
  return [
    { atMs: 0, line: 'starts' },
    { atMs: Math.round(ms / 3), line: 'goes on' },
    { atMs: ms, line: 'ends' },
  ];
}

/** The text of a step's log entry, once it has ended by itself. */
export function stepLog(step: StepScript): string {
  return stepOutput(step)
    .map(({ line }) => `stdout: ${line}\n`)
    .join('');
}
