// A file's modification time enters the cache key of batches, to the microsecond that Sourcegraph's database keeps.

const RFC3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/** Seconds since the epoch, as `utimes` wants them. */
export function modificationTime(rfc3339: string): number | 'unreadable' {
  const match = RFC3339.exec(rfc3339);
  const seconds = match === null ? Number.NaN : Date.parse(`${match[1] ?? ''}${match[3] ?? ''}`) / 1000;
  if (Number.isNaN(seconds)) return 'unreadable';
  const microseconds = Number((match?.[2] ?? '').slice(0, 6).padEnd(6, '0'));
  // libuv cuts a double to whole microseconds, and most are a little too small in binary: half of one more settles it.
  return seconds + (microseconds + 0.5) / 1e6;
}
