// Durations as Go writes and reads them (time.ParseDuration): `200ms`, `1h30m`, `1.5h`. In the program they are
// milliseconds.
const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3, // U+00B5
  μs: 1e3, // U+03BC
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const INT64_MAX = 2 ** 63;

/** Milliseconds; undefined for what Go would not read either. */
export function parseDuration(text: string): number | undefined {
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let nanoseconds = 0;
  for (const [, number = '', unit = ''] of body.matchAll(/([\d.]+)([^\d.]+)/g)) {
    nanoseconds += Number(number) * (NANOSECONDS[unit] ?? 0);
  }
  if (nanoseconds >= INT64_MAX) return undefined;
  return (sign === '-' ? -nanoseconds : nanoseconds) / 1e6;
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
