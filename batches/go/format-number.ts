// How fmt writes integers, floats and code points under the flags of a verb (`fmtInteger`, `fmtFloat`, `fmtUnicode`, `fmtC`,
// `fmtQc` of Go's fmt/format.go).
import { formatFloat, type FloatFormat } from './float-text.ts';
import type { FormatState } from './format-state.ts';
import { isValidRune, quoteRune } from './quote.ts';
import { isPrint } from './unicode.ts';

const MAX_RUNE = 0x10ffffn;
const RUNE_ERROR = '\ufffd';

export type IntegerBase = 2 | 8 | 10 | 16;

/** `value` carries its sign; `verb` O asks for the 0o prefix. */
export function writeInteger(
  state: FormatState,
  value: bigint,
  base: IntegerBase,
  options: { readonly verb: string; readonly upper?: boolean },
): void {
  if (base === 10 && isPlain(state)) {
    state.write(value.toString());
    return;
  }
  const negative = value < 0n;
  const magnitude = negative ? -value : value;
  let wanted = 0;
  if (state.precision !== null) {
    wanted = state.precision;
    if (wanted === 0 && magnitude === 0n) {
      const zero = state.zero;
      state.zero = false;
      state.writePadding(state.width ?? 0);
      state.zero = zero;
      return;
    }
  } else if (state.zero && !state.minus && state.width !== null) {
    wanted = negative || state.plus || state.space ? state.width - 1 : state.width;
  }
  let digits = magnitude.toString(base);
  if (options.upper === true) digits = digits.toUpperCase();
  digits = digits.padStart(wanted, '0');
  if (state.sharp) digits = sharpPrefix(digits, base, options.upper === true) + digits;
  if (options.verb === 'O') digits = `0o${digits}`;
  const sign = negative ? '-' : state.plus ? '+' : state.space ? ' ' : '';
  state.padWithSpaces(sign + digits);
}

/** Nothing is asked for but the digits, as for almost every integer. */
function isPlain(state: FormatState): boolean {
  return state.width === null && state.precision === null && !state.plus && !state.space;
}

function sharpPrefix(digits: string, base: IntegerBase, upper: boolean): string {
  switch (base) {
    case 2:
      return '0b';
    case 8:
      return digits.startsWith('0') ? '' : '0';
    case 16:
      return upper ? '0X' : '0x';
    case 10:
      return '';
  }
}

/** `%U`; with the # flag the character follows in quotes. `value` is the 64-bit pattern, unsigned. */
export function writeUnicode(state: FormatState, value: bigint): void {
  const digits = value.toString(16).toUpperCase();
  const shown = state.sharp && value <= MAX_RUNE && isPrint(Number(value)) ? ` '${runeText(value)}'` : '';
  state.padWithSpaces(`U+${digits.padStart(Math.max(4, state.precision ?? 0), '0')}${shown}`);
}

/** `%c`. */
export function writeCharacter(state: FormatState, value: bigint): void {
  state.pad(runeText(value));
}

/** `%q` of an integer. */
export function writeQuotedCharacter(state: FormatState, value: bigint): void {
  state.pad(quoteRune(value > MAX_RUNE ? 0xfffd : Number(value), state.plus));
}

function runeText(value: bigint): string {
  return value <= MAX_RUNE && isValidRune(Number(value)) ? String.fromCodePoint(Number(value)) : RUNE_ERROR;
}

/** `precision` is the verb's own default; -1 is the fewest digits. */
export function writeFloat(state: FormatState, value: number, format: FloatFormat, precision: number): void {
  const digits = state.precision ?? precision;
  const text = formatFloat(value, format, digits);
  let sign = text.startsWith('-') ? '-' : '+';
  let unsigned = text.replace(/^[+-]/, '');
  if (state.space && sign === '+' && !state.plus) sign = ' ';
  if (unsigned === 'Inf' || unsigned === 'NaN') {
    // An infinity always has its sign, a NaN only on demand.
    state.padWithSpaces(unsigned === 'NaN' && !state.space && !state.plus ? unsigned : sign + unsigned);
    return;
  }
  if (state.sharp && format !== 'b') unsigned = withDecimalPoint(unsigned, format, digits);
  if (!state.plus && sign === '+') {
    state.pad(unsigned);
    return;
  }
  const length = unsigned.length + 1;
  if (state.zero && !state.minus && state.width !== null && state.width > length) {
    state.write(sign);
    state.writePadding(state.width - length);
    state.write(unsigned);
    return;
  }
  state.pad(sign + unsigned);
}

/** The # flag: a decimal point always, and with %g the trailing zeros that it would drop. */
function withDecimalPoint(unsigned: string, format: FloatFormat, precision: number): string {
  const tailAt = unsigned.search(format === 'x' || format === 'X' ? /[pP]/ : /[eEpP]/);
  const number = tailAt < 0 ? unsigned : unsigned.slice(0, tailAt);
  const tail = tailAt < 0 ? '' : unsigned.slice(tailAt);
  let missing = 0;
  if (format === 'g' || format === 'G' || format === 'x') {
    missing = precision === -1 ? 6 : precision;
    missing -= number.replace('.', '').replace(/^0+/, '').length;
  }
  if (number.includes('.')) return number + '0'.repeat(Math.max(missing, 0)) + tail;
  if (number === '0') missing -= 1;
  return `${number}.${'0'.repeat(Math.max(missing, 0))}${tail}`;
}
