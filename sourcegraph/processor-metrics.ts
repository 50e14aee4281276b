// The metrics that Sourcegraph's own dashboards and alerts read of an executor, as the Prometheus text that a heartbeat
// carries. They are derived from the calls alone: a job is handled from the first heartbeat that names it to the last.
// An alert fires when `handlers` is 0 for five minutes over a filled queue, so it must be the jobs in flight.
import type { HeldJob } from './access.ts';

// The buckets of the reference (internal/observation), in seconds.
const BUCKETS_S = [30, 60, 150, 300, 450, 600, 900, 1_200, 1_800, 2_700, 3_600];

interface QueueCounts {
  handlers: number;
  total: number;
  errors: number;
  durationSumS: number;
  /** Cumulative, as Prometheus wants them: one more than there are bounds, for +Inf. */
  readonly buckets: number[];
}

export class ProcessorMetrics {
  private readonly now: () => number;
  private readonly counts = new Map<string, QueueCounts>();
  private held = new Map<string, { readonly queue: string; readonly since: number }>();

  /** `now` in milliseconds. Every queue that is polled shows from the start, with zeros. */
  constructor(queues: readonly string[], now: () => number) {
    this.now = now;
    for (const queue of queues) this.of(queue);
  }

  /** Before each heartbeat: what it will name. A job that is gone has ended. */
  noteHeld(held: readonly HeldJob[]): void {
    const now = this.now();
    const next = new Map(
      held.map(({ queue, jobId }) => {
        const name = `${queue}/${jobId}`;
        return [name, this.held.get(name) ?? { queue, since: now }] as const;
      }),
    );
    for (const [name, { queue, since }] of this.held) if (!next.has(name)) this.ended(queue, (now - since) / 1000);
    this.held = next;
    for (const counts of this.counts.values()) counts.handlers = 0;
    for (const { queue } of next.values()) this.of(queue).handlers += 1;
  }

  /** A job was marked errored or failed. */
  noteError(queue: string): void {
    this.of(queue).errors += 1;
  }

  text(): string {
    const lines: string[] = [];
    this.family(lines, 'src_executor_processor_handlers', 'gauge', (queue, counts) => [
      `{${queue}} ${counts.handlers}`,
    ]);
    this.family(lines, 'src_executor_processor_total', 'counter', (queue, counts) => [`{${queue}} ${counts.total}`]);
    this.family(lines, 'src_executor_processor_errors_total', 'counter', (queue, counts) => [
      `{${queue}} ${counts.errors}`,
    ]);
    this.family(lines, 'src_executor_processor_duration_seconds', 'histogram', (queue, counts) => [
      ...counts.buckets.map((count, index) => `_bucket{${queue},le="${BUCKETS_S[index] ?? '+Inf'}"} ${count}`),
      `_sum{${queue}} ${counts.durationSumS}`,
      `_count{${queue}} ${counts.total}`,
    ]);
    return lines.join('');
  }

  private family(
    lines: string[],
    name: string,
    type: string,
    samples: (labels: string, counts: QueueCounts) => readonly string[],
  ): void {
    lines.push(`# TYPE ${name} ${type}\n`);
    for (const [queue, counts] of this.counts) {
      const labels = `op="Handle",queue="${queue.replace(/[\\"\n]/g, '_')}"`;
      for (const sample of samples(labels, counts)) lines.push(`${name}${sample}\n`);
    }
  }

  private ended(queue: string, seconds: number): void {
    const counts = this.of(queue);
    counts.total += 1;
    counts.durationSumS += seconds;
    counts.buckets.forEach((count, index) => {
      if (seconds <= (BUCKETS_S[index] ?? Infinity)) counts.buckets[index] = count + 1;
    });
  }

  private of(queue: string): QueueCounts {
    const known = this.counts.get(queue);
    if (known !== undefined) return known;
    const fresh = { handlers: 0, total: 0, errors: 0, durationSumS: 0, buckets: BUCKETS_S.map(() => 0).concat(0) };
    this.counts.set(queue, fresh);
    return fresh;
  }
}
