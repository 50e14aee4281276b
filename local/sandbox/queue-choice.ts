// Which of several queues a dequeue serves (Sourcegraph's multiqueue dequeue cache): queues below their limit of dequeues
// within five minutes go first, and among those the draw is weighted.

const WINDOW_MS = 5 * 60_000;
const RULES: Readonly<Record<string, { readonly limit: number; readonly weight: number }>> = {
  batches: { limit: 50, weight: 4 },
  codeintel: { limit: 250, weight: 1 },
};
const OTHER = { limit: 50, weight: 1 };

export class QueueChoice {
  private readonly dequeues = new Map<string, number[]>();

  /** `candidates` have at least one job each; `fraction` is the draw, at least 0 and below 1. */
  choose(candidates: readonly string[], now: number, fraction: number): string | undefined {
    const below = candidates.filter((queue) => this.recent(queue, now) < ruleOf(queue).limit);
    const drawn = below.length > 0 ? below : candidates;
    const total = drawn.reduce((sum, queue) => sum + ruleOf(queue).weight, 0);
    let left = fraction * total;
    for (const queue of drawn) {
      left -= ruleOf(queue).weight;
      if (left < 0) return queue;
    }
    return drawn.at(-1);
  }

  note(queue: string, now: number): void {
    this.dequeues.set(queue, [...this.within(queue, now), now]);
  }

  private recent(queue: string, now: number): number {
    return this.within(queue, now).length;
  }

  private within(queue: string, now: number): number[] {
    return (this.dequeues.get(queue) ?? []).filter((at) => now - at < WINDOW_MS);
  }
}

function ruleOf(queue: string): { readonly limit: number; readonly weight: number } {
  return RULES[queue] ?? OTHER;
}
