// One life of one program: a dispatcher's or completion's invocation, a step-runner. When it dies, no call of it is ever
// answered again, timers included, and no `finally` runs: exactly what a killed process leaves behind.
import type { Clock, Millis } from '#jobs/world.ts';
import type { Kernel } from './kernel.ts';

export type Fate =
  | 'ok'
  /** The request never arrived. */
  | 'lost-request'
  /** It took effect and nobody heard. */
  | 'lost-answer';

export interface Call<T> {
  readonly label: string;
  /** How long the way there and back take. */
  readonly latency: readonly [low: Millis, high: Millis];
  readonly fate: Fate;
  /** When a lost call is given up. */
  readonly timeout: Millis;
  readonly effect: () => T | Promise<T>;
  /** What the caller sees of a lost call; may throw. */
  readonly lost: () => T;
  readonly signal?: AbortSignal | undefined;
  /** For the trace. */
  readonly show?: (answer: T) => string;
}

export class Incarnation {
  private readonly kernel: Kernel;
  readonly name: string;
  alive = true;
  /** Called with each answer on its way; may kill. */
  onAnswer: ((label: string) => void) | undefined;

  constructor(kernel: Kernel, name: string) {
    this.kernel = kernel;
    this.name = name;
  }

  kill(why: string): void {
    if (!this.alive) return;
    this.alive = false;
    this.kernel.note(`${this.name} DIES: ${why}`);
  }

  readonly clock: Clock = {
    now: () => this.kernel.now,
    sleep: (ms, signal) => this.sleep(ms, signal),
  };

  private sleep(ms: Millis, signal: AbortSignal | undefined): Promise<'slept' | 'aborted'> {
    if (signal?.aborted === true) return Promise.resolve('aborted');
    return new Promise((resolve) => {
      const onAbort = () => resolve('aborted');
      signal?.addEventListener('abort', onAbort, { once: true });
      if (ms === Infinity) return;
      this.kernel.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        if (this.alive) resolve('slept');
      });
    });
  }

  /** One call to the outside: request, effect, answer, each its own event. */
  call<T>(call: Call<T>): Promise<T> {
    const { kernel } = this;
    return new Promise<T>((resolve, reject) => {
      let settled = false;
      const settle = (outcome: () => T) => {
        if (settled || !this.alive) return;
        settled = true;
        try {
          const answer = outcome();
          this.note(call.label, call.show === undefined ? '' : call.show(answer));
          resolve(answer);
        } catch (error) {
          this.note(call.label, error instanceof Error ? error.name : 'threw');
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const giveUp = () => settle(call.lost);
      call.signal?.addEventListener('abort', giveUp, { once: true });
      if (call.signal?.aborted === true) kernel.after(0, giveUp);
      if (call.fate !== 'ok') kernel.after(call.timeout, giveUp);
      if (call.fate === 'lost-request') return;
      const [low, high] = call.latency;
      const there = kernel.between(low, high) / 2;
      const back = kernel.between(low, high) / 2;
      kernel.after(there, () => {
        void this.carryOut(call, back, settle);
      });
    });
  }

  private async carryOut<T>(call: Call<T>, back: Millis, settle: (outcome: () => T) => void): Promise<void> {
    let outcome: () => T;
    try {
      const answer = await call.effect();
      outcome = () => answer;
    } catch (error) {
      outcome = () => {
        throw error;
      };
    }
    if (call.fate === 'lost-answer') {
      this.note(call.label, 'takes effect, the answer is lost');
      return;
    }
    this.kernel.after(back, () => {
      if (this.alive) this.onAnswer?.(call.label);
      settle(outcome);
    });
  }

  private note(label: string, answer: string): void {
    this.kernel.note(`${this.name} ${label}${answer === '' ? '' : ` -> ${answer}`}`);
  }
}
