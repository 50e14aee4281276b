// Go's time.Duration: parsed from texts like `1h30m`, printed like `1h30m0s`. Nanoseconds, as bigint.
import { quoted } from './time-quote.ts';

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  '\u00b5s': 1_000n,
  '\u03bcs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
/** Of a negative duration; a positive one is one less. */
const DURATION_MAX = 1n << 63n;

export type ParsedDuration =
  { readonly kind: 'duration'; readonly nanos: bigint } | { readonly kind: 'error'; readonly message: string };

/** `time.ParseDuration`. */
export function parseDuration(text: string): ParsedDuration {
  const invalid: ParsedDuration = { kind: 'error', message: `time: invalid duration ${quoted(text)}` };
  const sign = text.startsWith('-') ? -1n : 1n;
  let rest = text.replace(/^[-+]/, '');
  if (rest === '0') return { kind: 'duration', nanos: 0n };
  if (rest === '') return invalid;
  let nanos = 0n;
  while (rest !== '') {
    const [number = '', whole = '', fraction = ''] = /^(\d*)(?:\.(\d*))?/.exec(rest) ?? [];
    if (whole === '' && fraction === '') return invalid;
    if (whole !== '' && BigInt(whole) > DURATION_MAX) return invalid;
    rest = rest.slice(number.length);
    const unitText = /^[^.\d]*/.exec(rest)?.[0] ?? '';
    if (unitText === '') return { kind: 'error', message: `time: missing unit in duration ${quoted(text)}` };
    const unit = Object.hasOwn(UNITS, unitText) ? UNITS[unitText] : undefined;
    if (unit === undefined) {
      return { kind: 'error', message: `time: unknown unit ${quoted(unitText)} in duration ${quoted(text)}` };
    }
    nanos += BigInt(whole === '' ? '0' : whole) * unit;
    nanos += (BigInt(fraction === '' ? '0' : fraction) * unit) / 10n ** BigInt(fraction.length);
    if (nanos > DURATION_MAX) return invalid;
    rest = rest.slice(unitText.length);
  }
  if (sign > 0n && nanos === DURATION_MAX) return invalid;
  return { kind: 'duration', nanos: sign * nanos };
}

/** `Duration.String`. */
export function durationText(nanos: bigint): string {
  if (nanos < 0n) return `-${durationText(-nanos)}`;
  if (nanos === 0n) return '0s';
  const below = (['ns', '\u00b5s', 'ms', 's'] as const).find((_, step) => nanos < 1000n ** BigInt(step + 1));
  if (below !== undefined && below !== 's') return decimal(nanos, UNITS[below] ?? 1n) + below;
  const seconds = 1_000_000_000n;
  const minutes = nanos / (60n * seconds);
  const tail = `${decimal(nanos % (60n * seconds), seconds)}s`;
  if (minutes === 0n) return tail;
  return minutes < 60n ? `${minutes}m${tail}` : `${minutes / 60n}h${minutes % 60n}m${tail}`;
}

function decimal(nanos: bigint, unit: bigint): string {
  const digits = unit.toString().length - 1;
  const fraction = digits === 0 ? '' : (nanos % unit).toString().padStart(digits, '0').replace(/0+$/, '');
  return `${nanos / unit}${fraction === '' ? '' : `.${fraction}`}`;
}
