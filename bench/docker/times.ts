// Times of things that take turns in one run, so that a busy machine is as busy for the one as for the other.

/** Milliseconds. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** The median, and between which values the others lie. */
export function shown(values: readonly number[]): string {
  const digits = median(values) < 100 ? 1 : 0;
  const text = (value: number): string => value.toFixed(digits);
  return `${text(median(values))} ms (${values.length}: ${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}
