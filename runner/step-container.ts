// A container of the task that waits for steps, as the runner drives it. The step agent inside it is runner/step-agent.

/** A file or folder that the agent copies to its place in the container before the step and removes after it. */
export interface StepCopy {
  /** Absolute path as the step container sees it, inside the shared volume. */
  readonly from: string;
  /** Absolute path in the container's own file system. */
  readonly to: string;
}

export interface StepRun {
  /** Arguments as seen in the container, such as `['/bin/sh', '/job/.sourcegraph-executor/1.0_r@c.sh']`. */
  readonly command: readonly string[];
  /** Absolute path as seen in the container. */
  readonly workingDirectory: string;
  /** Added to the image's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly copies?: readonly StepCopy[];
}

export type StepEnd =
  /** The command ended by itself. A shell reports a signal as 128 + its number. */
  | { readonly kind: 'exited'; readonly exitCode: number; readonly oomKilled: boolean }
  /** The signal was aborted; nothing of the step runs any more. */
  | { readonly kind: 'killed' }
  /** The container never answered or died by itself. */
  | { readonly kind: 'lost'; readonly container: string; readonly why: string };

export type StepOutput = (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;

export interface StepContainer {
  readonly name: string;
  /**
   * Runs one command; nothing of it survives. `output` is called in the order read, never after the promise has settled;
   * while it is busy the step's own writes wait (the pipes are bounded).
   */
  run(step: StepRun, output: StepOutput, signal: AbortSignal): Promise<StepEnd>;
}
