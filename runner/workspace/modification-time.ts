// A file's modification time enters the cache key of batches, so it must be exact to the nanosecond.
import { execFile } from 'node:child_process';
import { lutimes } from 'node:fs/promises';
import { promisify } from 'node:util';

const RFC3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

export interface ModificationTime {
  /** Since the epoch. */
  readonly seconds: number;
  /** Digits of the fraction, perhaps none. */
  readonly fraction: string;
}

export function modificationTime(rfc3339: string): ModificationTime | 'unreadable' {
  const match = RFC3339.exec(rfc3339);
  const seconds = match === null ? Number.NaN : Date.parse(`${match[1] ?? ''}${match[3] ?? ''}`) / 1000;
  return Number.isNaN(seconds) ? 'unreadable' : { seconds, fraction: (match?.[2] ?? '').replace(/0+$/, '') };
}

/** Follows no symbolic link in the place of the file itself. */
export async function setModificationTime(file: string, { seconds, fraction }: ModificationTime): Promise<void> {
  if (fraction !== '') {
    // Node's own call takes seconds as a double, which is some 240 ns off these years.
    const text = `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
    const done = await promisify(execFile)('touch', ['-h', '-d', text, file]).then(
      () => true,
      // BusyBox's touch knows no fraction.
      () => false,
    );
    if (done) return;
  }
  const exact = seconds + Number(`0.${fraction}0`);
  await lutimes(file, exact, exact);
}
