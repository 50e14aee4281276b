// The event lines of one version 1 task, as `src batch exec -text-only` prints them while it works. A TASK_STEP never
// carries a version there, so its diff is text and loses bytes that are not UTF-8; only the cached result keeps them.
import type { GoValue } from '../go/values.ts';
import type { AfterStepResult } from '../step-result.ts';
import { encodeLogEvent, logEvent, type EventStatus } from './log-event.ts';
import type { EventMetadata, EventOperation } from './metadata.ts';

export interface JsonLinesOptions {
  readonly taskID: string;
  readonly unixMillis: () => number;
  /** Gets each line with its newline. */
  readonly print: (line: string) => void;
  /** Gets Go's error text for an event that JSON cannot carry; src writes it to its standard error and goes on. */
  readonly warn: (message: string) => void;
}

export class JsonLines {
  readonly #options: JsonLinesOptions;
  readonly #taskID: string;

  constructor(options: JsonLinesOptions) {
    this.#options = options;
    this.#taskID = options.taskID;
  }

  preparingContainerImages(): void {
    this.#event('PREPARING_DOCKER_IMAGES', 'STARTED', {});
  }

  preparingContainerImagesProgress(done: number, total: number): void {
    this.#event('PREPARING_DOCKER_IMAGES', 'PROGRESS', { done, total });
  }

  preparingContainerImagesSuccess(): void {
    this.#event('PREPARING_DOCKER_IMAGES', 'SUCCESS', {});
  }

  taskStarted(): void {
    this.#event('EXECUTING_TASK', 'STARTED', { taskID: this.#taskID });
  }

  /** `error` null: the task succeeded. */
  taskFinished(error: string | null): void {
    if (error === null) this.#event('EXECUTING_TASK', 'SUCCESS', { taskID: this.#taskID });
    else this.#event('EXECUTING_TASK', 'FAILURE', { taskID: this.#taskID, error });
  }

  /** Steps count from 1, here and below. */
  skippingStepsUpto(startStep: number): void {
    this.#event('TASK_SKIPPING_STEPS', 'PROGRESS', { taskID: this.#taskID, startStep });
  }

  stepSkipped(step: number): void {
    this.#event('TASK_STEP_SKIPPED', 'PROGRESS', { taskID: this.#taskID, step });
  }

  stepPreparingStart(step: number): void {
    this.#event('TASK_PREPARING_STEP', 'STARTED', { taskID: this.#taskID, step });
  }

  stepPreparingSuccess(step: number): void {
    this.#event('TASK_PREPARING_STEP', 'SUCCESS', { taskID: this.#taskID, step });
  }

  stepPreparingFailed(step: number, error: string): void {
    this.#event('TASK_PREPARING_STEP', 'FAILURE', { taskID: this.#taskID, step, error });
  }

  stepStarted(step: number, env: ReadonlyMap<string, string>): void {
    this.#event('TASK_STEP', 'STARTED', { taskID: this.#taskID, step, env });
  }

  /** `out`: whole lines, each with `stdout: ` or `stderr: ` before it. */
  stepOutput(step: number, out: string): void {
    this.#event('TASK_STEP', 'PROGRESS', { taskID: this.#taskID, step, out });
  }

  stepFinished(step: number, diff: Uint8Array, outputs: ReadonlyMap<string, GoValue> | null): void {
    this.#event('TASK_STEP', 'SUCCESS', { taskID: this.#taskID, step, diff, outputs });
  }

  /** `exitCode` -1 where there was no exit. */
  stepFailed(step: number, error: string, exitCode: number): void {
    this.#event('TASK_STEP', 'FAILURE', { taskID: this.#taskID, step, error, exitCode });
  }

  cachedStepResult(key: string, value: AfterStepResult): void {
    this.#event('CACHE_AFTER_STEP_RESULT', 'SUCCESS', { key, value });
  }

  #event<O extends EventOperation>(operation: O, status: EventStatus, metadata: Partial<EventMetadata[O]>): void {
    const { unixMillis, print, warn } = this.#options;
    const line = encodeLogEvent(logEvent(operation, status, unixMillis(), metadata));
    if (line.kind === 'encoded') print(line.text);
    else warn(line.message);
  }
}
