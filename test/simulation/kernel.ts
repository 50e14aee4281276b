// The simulated world's time and order: a heap of events, one seeded stream of chance, and a trace. Every promise in this
// world is resolved by an event of this kernel or by another such promise; so a seed gives one history, always the same.
import type { Millis } from '#jobs/world.ts';

interface Event {
  readonly at: Millis;
  readonly order: number;
  readonly run: () => void;
}

/** Real time stands still at a round number: traces show seconds since then. */
export const EPOCH: Millis = 1_800_000_000_000;

/** Events to a round of the event loop. */
const BATCH = 256;

export class Kernel {
  private readonly heap: Event[] = [];
  private order = 0;
  private state: number;
  private hash = 2166136261;
  private readonly keep: boolean;
  now: Millis = EPOCH;
  events = 0;
  readonly trace: string[] = [];

  constructor(seed: number, keepTrace = false) {
    this.state = (seed * 0x9e3779b1) | 0;
    this.keep = keepTrace;
  }

  /** mulberry32: at least 0, below 1. */
  readonly fraction = (): number => {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };

  between(low: number, high: number): number {
    return Math.floor(low + this.fraction() * (high - low));
  }

  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    const chosen = choices[Math.floor(this.fraction() * choices.length)];
    if (chosen === undefined) throw new Error('nothing to pick from');
    return chosen;
  }

  id(): string {
    const half = () =>
      Math.floor(this.fraction() * 4294967296)
        .toString(16)
        .padStart(8, '0');
    return half() + half();
  }

  at(time: Millis, run: () => void): void {
    this.push({ at: Math.max(time, this.now), order: this.order++, run });
  }

  after(delay: Millis, run: () => void): void {
    this.at(this.now + Math.round(delay), run);
  }

  /** A line a transition: who, and what happened. */
  note(line: string): void {
    const text = `${((this.now - EPOCH) / 1000).toFixed(3)}s ${line}`;
    for (let i = 0; i < text.length; i++) this.hash = Math.imul(this.hash ^ text.charCodeAt(i), 16777619);
    if (this.keep) this.trace.push(text);
  }

  /** Equal for equal histories. */
  get fingerprint(): string {
    return (this.hash >>> 0).toString(16).padStart(8, '0');
  }

  /**
   * Runs events, each with everything that follows from it at once, until `isOver` or until none is left. Rejects with
   * what an event throws.
   */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let ended = false;
      const turn = (): void => {
        if (ended) return;
        try {
          ended = isOver() || !this.next();
          if (ended) resolve();
        } catch (error) {
          ended = true;
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      // Between two immediates all promises that an event has settled run their course. Many to one round of the event
      // loop, because a round costs more than most events.
      const batch = (): void => {
        if (ended) return;
        for (let turns = 0; turns < BATCH; turns++) setImmediate(turn);
        setImmediate(batch);
      };
      batch();
    });
  }

  private next(): boolean {
    const event = this.pop();
    if (event === undefined) return false;
    this.now = event.at;
    this.events += 1;
    event.run();
    return true;
  }

  private push(event: Event): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  private pop(): Event | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) break;
      const child = right !== undefined && before(right, left) ? right : left;
      if (!before(child, last)) break;
      heap[index] = child;
      index = child === left ? 2 * index + 1 : 2 * index + 2;
    }
    heap[index] = last;
    return first;
  }
}

const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
