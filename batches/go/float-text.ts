// `strconv.FormatFloat` for float64: every format and any precision, with correctly rounded digits (ties to even).

export type FloatFormat = 'e' | 'E' | 'f' | 'g' | 'G' | 'b' | 'x' | 'X';

/** The digits d.ddd.. of a value as 0.ddd * 10^point; no trailing zeros in the shortest form. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** `precision` -1: the fewest digits that read back as the same value. */
export function formatFloat(value: number, format: FloatFormat, precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  switch (format) {
    case 'b':
      return sign + binaryExponent(magnitude);
    case 'x':
    case 'X':
      return sign + hexadecimal(magnitude, precision, format === 'X');
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      return sign + decimalText(magnitude, format, precision);
  }
}

function decimalText(value: number, format: 'e' | 'E' | 'f' | 'g' | 'G', precision: number): string {
  const shortest = precision < 0;
  if (format === 'f') {
    const decimal = shortest ? shortestDecimal(value) : roundedAt(value, 'point', precision);
    return fixed(decimal, shortest ? Math.max(decimal.digits.length - decimal.point, 0) : precision);
  }
  if (format === 'e' || format === 'E') {
    const decimal = shortest ? shortestDecimal(value) : roundedAt(value, 'digits', precision + 1);
    return exponential(decimal, shortest ? Math.max(decimal.digits.length - 1, 0) : precision, format);
  }
  const wanted = precision === 0 ? 1 : precision;
  const decimal = shortest ? shortestDecimal(value) : roundedAt(value, 'digits', wanted);
  const count = decimal.digits.length;
  const significant = shortest ? count : wanted;
  // With the fewest digits, the exponent decides as if there were 6 of them.
  const exponentLimit = shortest ? 6 : significant > count && count >= decimal.point ? count : significant;
  const exponent = decimal.point - 1;
  if (exponent < -4 || exponent >= exponentLimit) {
    return exponential(decimal, Math.min(significant, count) - 1, format === 'g' ? 'e' : 'E');
  }
  return fixed(decimal, Math.max((significant > decimal.point ? count : significant) - decimal.point, 0));
}

function shortestDecimal(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 };
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

/** The value rounded to a number of digits, or to a number of places after the decimal point. */
function roundedAt(value: number, unit: 'digits' | 'point', count: number): Decimal {
  if (value === 0) return { digits: '', point: 0 };
  const exact = exactDecimal(value);
  const keep = unit === 'digits' ? count : exact.point + count;
  return trimmed(keep >= exact.digits.length ? exact : roundedTo(exact, keep));
}

function roundedTo(exact: Decimal, keep: number): Decimal {
  if (keep < 0) return { digits: '', point: 0 };
  const next = exact.digits.charCodeAt(keep) - 0x30;
  const isTie = next === 5 && /^0*$/.test(exact.digits.slice(keep + 1));
  const lastIsOdd = keep > 0 && exact.digits.charCodeAt(keep - 1) % 2 === 1;
  const kept = exact.digits.slice(0, keep);
  if (next < 5 || (isTie && !lastIsOdd)) return { digits: kept, point: exact.point };
  const raised = (BigInt(kept === '' ? '0' : kept) + 1n).toString().padStart(keep, '0');
  return { digits: raised, point: exact.point + (raised.length - keep) };
}

function trimmed(decimal: Decimal): Decimal {
  const digits = decimal.digits.replace(/0+$/, '');
  return digits === '' ? { digits, point: 0 } : { digits, point: decimal.point };
}

/** Every digit of a float64: a mantissa times a power of two is a decimal of at most 767 digits. */
function exactDecimal(value: number): Decimal {
  const { mantissa, exponent } = binaryParts(value);
  if (exponent >= 0) {
    const digits = (mantissa << BigInt(exponent)).toString();
    return { digits, point: digits.length };
  }
  const digits = (mantissa * 5n ** BigInt(-exponent)).toString();
  return { digits, point: digits.length + exponent };
}

/** value = mantissa * 2^exponent, with the 53-bit mantissa of the format (fewer bits for a subnormal). */
function binaryParts(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

function fixed(decimal: Decimal, places: number): string {
  const { digits, point } = decimal;
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (places <= 0) return whole;
  const fraction = point >= 0 ? digits.slice(point) : '0'.repeat(Math.min(-point, places)) + digits;
  return `${whole}.${fraction.slice(0, places).padEnd(places, '0')}`;
}

function exponential(decimal: Decimal, places: number, mark: 'e' | 'E'): string {
  const { digits, point } = decimal;
  const fraction = places > 0 ? `.${digits.slice(1, places + 1).padEnd(places, '0')}` : '';
  const exponent = digits === '' ? 0 : point - 1;
  const exponentText = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits[0] ?? '0'}${fraction}${mark}${exponent < 0 ? '-' : '+'}${exponentText}`;
}

function binaryExponent(value: number): string {
  const { mantissa, exponent } = binaryParts(value);
  return `${mantissa}p${exponent >= 0 ? '+' : ''}${exponent}`;
}

function hexadecimal(value: number, precision: number, upper: boolean): string {
  let { mantissa, exponent } = binaryParts(value);
  if (mantissa === 0n) exponent = 0;
  else {
    exponent += 52;
    // The leading 1 goes to bit 60: one digit before the point, 15 after it.
    mantissa <<= 8n;
    while ((mantissa & (1n << 60n)) === 0n) {
      mantissa <<= 1n;
      exponent -= 1;
    }
  }
  if (precision >= 0 && precision < 15) {
    const drop = BigInt(60 - precision * 4);
    const rest = mantissa & ((1n << drop) - 1n);
    const half = 1n << (drop - 1n);
    mantissa >>= drop;
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa += 1n;
    mantissa <<= drop;
    if ((mantissa & (1n << 61n)) !== 0n) {
      mantissa >>= 1n;
      exponent += 1;
    }
  }
  const fraction = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, '0');
  const shown = precision < 0 ? fraction.replace(/0+$/, '') : fraction.slice(0, precision).padEnd(precision, '0');
  const exponentText = String(Math.abs(exponent)).padStart(2, '0');
  const text = `0x${mantissa >> 60n}${shown === '' ? '' : `.${shown}`}p${exponent < 0 ? '-' : '+'}${exponentText}`;
  return upper ? text.toUpperCase() : text;
}
