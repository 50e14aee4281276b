// Sizes of memory and disk: `12G`, `512M`, `20GiB`, `12Gi`, `0.5T`. All units are binary, as Docker and Sourcegraph take
// them; Kubernetes' decimal `12G` thus comes out 7 % larger, never smaller. In the program they are bytes.
const POWERS: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4, P: 5 };

/** Bytes; undefined for what is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGTP]?)(?:i?B?)$/i.exec(text);
  if (match === null) return undefined;
  const [, number = '', unit = ''] = match;
  const bytes = Math.round(Number(number) * 1024 ** (POWERS[unit.toUpperCase()] ?? 0));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest exact text in Sourcegraph's units: `12G`, `1536M`. */
export function formatSize(bytes: number): string {
  for (const unit of ['T', 'G', 'M', 'K']) {
    const factor = 1024 ** (POWERS[unit] ?? 0);
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}
