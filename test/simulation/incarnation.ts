// One life of one program: a dispatcher's or completion's invocation, a step-runner. When it dies, no call of it is ever
// answered again, timers included, and no `finally` runs: exactly what a killed process leaves behind.
import type { Clock, Millis } from '#jobs/world.ts';
import type { Kernel } from './kernel.ts';

export type Fate =
  | 'ok'
  /** The request never arrived. */
  | 'lost-request'
  /** It took effect and nobody heard. */
  | 'lost-answer'
  /** It took effect, and what came back could not be read. */
  | 'half-answer'
  /** Nothing was done, and the caller hears so. */
  | 'refused';

export interface Call<T> {
  readonly label: string;
  /** How long the way there and back take. */
  readonly latency: readonly [low: Millis, high: Millis];
  readonly fate: Fate;
  /** When a lost call is given up; Infinity: only when its signal is aborted. */
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
  /** Called with each answer on its way; may kill or freeze. */
  onAnswer: ((label: string) => void) | undefined;
  private frozenUntil: Millis = 0;

  constructor(kernel: Kernel, name: string) {
    this.kernel = kernel;
    this.name = name;
  }

  kill(why: string): void {
    if (!this.alive) return;
    this.alive = false;
    this.kernel.note(`${this.name} DIES: ${why}`);
  }

  /** Nothing happens in it for so long; what it waits for is there when it goes on. */
  freeze(ms: Millis): void {
    if (!this.alive) return;
    this.frozenUntil = this.kernel.now + ms;
    this.kernel.note(`${this.name} stands still for ${(ms / 1000).toFixed(1)} s`);
  }

  /** Now, or when it is no longer frozen. */
  private whenAwake(act: () => void): void {
    if (this.frozenUntil > this.kernel.now) this.kernel.at(this.frozenUntil, act);
    else act();
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
        this.whenAwake(() => {
          signal?.removeEventListener('abort', onAbort);
          if (this.alive) resolve('slept');
        });
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
      const lost = call.fate === 'lost-request' || call.fate === 'lost-answer';
      if (lost && call.timeout !== Infinity) kernel.after(call.timeout, () => this.whenAwake(giveUp));
      if (call.fate === 'lost-request') return;
      const [low, high] = call.latency;
      const there = kernel.between(low, high) / 2;
      const back = kernel.between(low, high) / 2;
      if (call.fate === 'refused') {
        kernel.after(there + back, () => this.whenAwake(giveUp));
        return;
      }
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
    this.kernel.after(back, () =>
      this.whenAwake(() => {
        if (this.alive) this.onAnswer?.(call.label);
        // What froze it at this very answer lets it have the answer afterwards.
        this.whenAwake(() => settle(call.fate === 'half-answer' ? call.lost : outcome));
      }),
    );
  }

  private note(label: string, answer: string): void {
    this.kernel.note(`${this.name} ${label}${answer === '' ? '' : ` -> ${answer}`}`);
  }
}
