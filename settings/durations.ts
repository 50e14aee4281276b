// Durations as Go writes and reads them (time.ParseDuration): `200ms`, `1h30m`, `1.5h`. In the program they are
// milliseconds.
const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5
  μs: 1e-3, // U+03BC
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
// Go counts nanoseconds in 63 bits.
const MILLISECONDS_MAX = 2 ** 63 / 1e6;

/** Milliseconds, to the microsecond; undefined for what Go would not read either. */
export function parseDuration(text: string): number | undefined {
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let ms = 0;
  for (const [, number = '', unit = ''] of body.matchAll(/([\d.]+)([^\d.]+)/g)) {
    ms += Number(number) * (MILLISECONDS[unit] ?? 0);
  }
  if (ms >= MILLISECONDS_MAX) return undefined;
  // 0.385 s are 385 ms, whatever floating point makes of the sum.
  const rounded = Math.round(ms * 1000) / 1000;
  return sign === '-' ? -rounded : rounded;
}

/** The text of Go's Duration.String for a whole number of milliseconds: `1h30m0s`, `1.5s`, `200ms`, `0s`. */
export function formatDuration(ms: number): string {
  const size = Math.round(Math.abs(ms));
  if (size === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  if (size < 1000) return `${sign}${size}ms`;
  const hours = Math.floor(size / 3_600_000);
  const minutes = Math.floor(size / 60_000) % 60;
  const seconds = `${(size % 60_000) / 1000}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}
