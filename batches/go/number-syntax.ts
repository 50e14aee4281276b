// Go's number literals to values (`strconv.ParseUint`, `ParseInt` and `ParseFloat` with base 0, and fmt's scanner for
// complex ones). null is every error of theirs: the callers tell syntax from range by trying the next reading.

const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_INT64 = (1n << 63n) - 1n;
const FLOAT =
  /^[+-]?(?:[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9][0-9_]*)?|0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?[pP][+-]?[0-9][0-9_]*)$/;
const SPECIAL = /^(?:([+-]?)(?:inf|infinity)|nan)$/i;
/** Exponents beyond this are out of range whatever the digits are; Go stops counting at the same place. */
const EXPONENT_MAX = 100_000;

/** `strconv.ParseUint(text, 0, 64)`. */
export function parseUint64(text: string): bigint | null {
  const match = /^(?:0[bB]([01_]+)|0[oO]([0-7_]+)|0[xX]([0-9a-fA-F_]+)|0([0-7_]*)|([1-9][0-9_]*))$/.exec(text);
  if (match === null || (text.includes('_') && !underscoresAreSeparators(text))) return null;
  const [, binary, octal, hex, oldOctal, decimal] = match;
  const digits = (binary ?? octal ?? hex ?? oldOctal ?? decimal ?? '').replaceAll('_', '');
  if (digits.length > 64 && digits.replace(/^0+/, '').length > 64) return null;
  const prefix = binary !== undefined ? '0b' : hex !== undefined ? '0x' : decimal !== undefined ? '' : '0o';
  const value = digits === '' ? 0n : BigInt(prefix + digits);
  return value > MAX_UINT64 ? null : value;
}

/** `strconv.ParseInt(text, 0, 64)`. */
export function parseInt64(text: string): bigint | null {
  const negative = text.startsWith('-');
  const magnitude = parseUint64(negative || text.startsWith('+') ? text.slice(1) : text);
  if (magnitude === null || magnitude > MAX_INT64 + (negative ? 1n : 0n)) return null;
  return negative ? -magnitude : magnitude;
}

/** `strconv.ParseFloat(text, 64)`. */
export function parseFloat64(text: string): number | null {
  const special = SPECIAL.exec(text);
  if (special !== null) return special[1] === undefined ? NaN : special[1] === '-' ? -Infinity : Infinity;
  if (!FLOAT.test(text) || !/[0-9a-fA-F]/.test(text.replace(/^[+-]?(?:0[xX])?/, '').replace(/[pP].*/, ''))) return null;
  if (/^[+-]?[._]*[eE]/.test(text)) return null;
  if (text.includes('_') && !underscoresAreSeparators(text)) return null;
  const plain = text.replaceAll('_', '');
  const value = /0x/i.test(plain) ? hexFloat(plain) : Number(plain);
  return Number.isFinite(value) ? value : null;
}

export type ComplexLiteral = { readonly re: number; readonly im: number } | { readonly error: string };

/** `fmt.Sscan` of one complex number, "1+2i", with its error texts. */
export function parseComplex(text: string): ComplexLiteral {
  const real = scanFloatToken(text, 0);
  const sign = text[real.length] ?? '';
  const imaginary = scanFloatToken(text, real.length + 1);
  if ((sign !== '+' && sign !== '-') || text[real.length + 1 + imaginary.length] !== 'i') {
    return { error: 'syntax error scanning complex number' };
  }
  const re = parseFloat64(real);
  if (re === null) return { error: floatError(real) };
  const im = parseFloat64(sign + imaginary);
  if (im === null) return { error: floatError(sign + imaginary) };
  return { re, im };
}

/** `floatToken` of fmt's scanner. It takes an "i" that might begin "inf" and never gives it back. */
function scanFloatToken(text: string, at: number): string {
  const token =
    /[+-]?(?:[iI](?:[nN][fF]?)?)?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eEpP][+-]?[0-9_]*)?)/y;
  token.lastIndex = at;
  return token.exec(text)?.[0] ?? '';
}

function floatError(text: string): string {
  const outOfRange = FLOAT.test(text) && /^[+-]?(?:0[xX])?[0-9a-fA-F_]*\.?[0-9a-fA-F]/.test(text);
  return `strconv.ParseFloat: parsing "${text}": ${outOfRange ? 'value out of range' : 'invalid syntax'}`;
}

/** `underscoreOK`: underscores only between digits, or between a base prefix and a digit. */
function underscoresAreSeparators(text: string): boolean {
  const unsigned = text.replace(/^[+-]/, '');
  const prefixed = /^0[bBoOxX]/.test(unsigned);
  const hex = /^0[xX]/.test(unsigned);
  let before: 'start' | 'digit' | 'underscore' | 'other' = prefixed ? 'digit' : 'start';
  for (const character of prefixed ? unsigned.slice(2) : unsigned) {
    if ((hex ? /[0-9a-fA-F]/ : /[0-9]/).test(character)) before = 'digit';
    else if (character === '_') {
      if (before !== 'digit') return false;
      before = 'underscore';
    } else {
      if (before === 'underscore') return false;
      before = 'other';
    }
  }
  return before !== 'underscore';
}

function hexFloat(text: string): number {
  const match = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/.exec(text);
  if (match === null) return NaN;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match;
  const mantissa = BigInt(`0x0${whole}${fraction}`);
  const exponent = Math.max(-EXPONENT_MAX, Math.min(EXPONENT_MAX, Number(exponentText))) - 4 * fraction.length;
  const value = scaled(mantissa, exponent);
  return sign === '-' ? -value : value;
}

/** mantissa * 2^exponent as the nearest float64, ties to even. */
function scaled(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  // The lowest bit that the result can hold: 52 below its leading bit, or the smallest subnormal.
  const lowest = Math.max(exponent + bits - 53, -1074);
  const drop = lowest - exponent;
  if (exponent + bits > 1025) return Infinity;
  if (drop > bits + 1) return 0;
  let kept = drop > 0 ? mantissa >> BigInt(drop) : mantissa << BigInt(-drop);
  if (drop > 0) {
    const rest = mantissa - (kept << BigInt(drop));
    const half = 1n << BigInt(drop - 1);
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  }
  return Number(kept) * 2 ** lowest;
}
