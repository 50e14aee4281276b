// `fmt.Sprintf`: reads the format (flags, argument indexes, widths, precisions, verbs), after `doPrintf` of Go's
// fmt/print.go. What is wrong with a format is printed into the result, as %!verb(..), and is no error.
import { ValuePrinter } from './format-value.ts';
import type { FormatState } from './format-state.ts';
import { GoByte, typeNameOf, type GoConcrete } from './reflect.ts';
import { joined } from './text-bytes.ts';
import { GoInt, GoUint64 } from './values.ts';

/** Widths and precisions beyond this are no numbers to fmt. */
const NUMBER_MAX = 1_000_000;

export function sprintf(format: string, operands: readonly (GoConcrete | null)[]): string {
  return joined(new FormatReader(format, operands).run());
}

class FormatReader {
  private readonly format: string;
  private readonly operands: readonly (GoConcrete | null)[];
  private readonly printer = new ValuePrinter();
  private readonly state: FormatState = this.printer.state;
  private at = 0;
  private operand = 0;
  /** An explicit index was used somewhere: operands left over are then no mistake. */
  private reordered = false;
  private goodIndex = true;
  private afterIndex = false;

  constructor(format: string, operands: readonly (GoConcrete | null)[]) {
    this.format = format;
    this.operands = operands;
  }

  run(): string {
    const { format, state } = this;
    while (this.at < format.length) {
      const percent = format.indexOf('%', this.at);
      if (percent < 0) {
        state.write(format.slice(this.at));
        break;
      }
      if (percent > this.at) state.write(format.slice(this.at, percent));
      this.at = percent + 1;
      this.goodIndex = true;
      this.directive();
    }
    if (!this.reordered && this.operand < this.operands.length) this.reportExtra();
    return state.out;
  }

  private directive(): void {
    this.readFlags();
    this.readIndex();
    this.readWidth();
    this.readPrecision();
    if (!this.afterIndex) this.readIndex();
    const rune = this.format.codePointAt(this.at);
    if (rune === undefined) {
      this.state.write('%!(NOVERB)');
      this.at = this.format.length;
      return;
    }
    this.at += rune > 0xffff ? 2 : 1;
    this.verb(rune >= 0xdc80 && rune <= 0xdcff ? '\ufffd' : String.fromCodePoint(rune));
  }

  private readFlags(): void {
    const { state } = this;
    state.clearFlags();
    for (; this.at < this.format.length; this.at++) {
      const flag = this.format[this.at];
      if (flag === '#') state.sharp = true;
      else if (flag === '0') state.zero = true;
      else if (flag === '+') state.plus = true;
      else if (flag === '-') state.minus = true;
      else if (flag === ' ') state.space = true;
      else return;
    }
  }

  private readWidth(): void {
    const { state } = this;
    if (this.format[this.at] === '*') {
      this.at += 1;
      state.width = this.numberFromOperand();
      if (state.width === null) state.write('%!(BADWIDTH)');
      else if (state.width < 0) {
        state.width = -state.width;
        state.minus = true;
        state.zero = false;
      }
      this.afterIndex = false;
      return;
    }
    state.width = this.readNumber();
    if (this.afterIndex && state.width !== null) this.goodIndex = false; // "%[3]2d"
  }

  private readPrecision(): void {
    const { state } = this;
    if (this.format[this.at] !== '.' || this.at + 1 >= this.format.length) return;
    this.at += 1;
    if (this.afterIndex) this.goodIndex = false; // "%[3].2d"
    this.readIndex();
    if (this.format[this.at] === '*') {
      this.at += 1;
      const precision = this.numberFromOperand();
      state.precision = precision !== null && precision >= 0 ? precision : null;
      if (state.precision === null) state.write('%!(BADPREC)');
      this.afterIndex = false;
    } else {
      state.precision = this.readNumber() ?? 0;
    }
  }

  /** Decimal digits; null without one. A number that is too large swallows the rest of the format, as in Go. */
  private readNumber(): number | null {
    let value: number | null = null;
    for (; this.at < this.format.length; this.at++) {
      const digit = this.format.charCodeAt(this.at) - 0x30;
      if (digit < 0 || digit > 9) return value;
      if (value !== null && value > NUMBER_MAX) {
        this.at = this.format.length;
        return null;
      }
      value = (value ?? 0) * 10 + digit;
    }
    return value;
  }

  private numberFromOperand(): number | null {
    if (this.operand >= this.operands.length) return null;
    const operand = this.operands[this.operand] ?? null;
    this.operand += 1;
    const value =
      operand instanceof GoInt || operand instanceof GoUint64
        ? operand.value
        : operand instanceof GoByte
          ? BigInt(operand.value)
          : null;
    return value === null || value > NUMBER_MAX || value < -NUMBER_MAX ? null : Number(value);
  }

  /** An explicit operand index, "[3]", when one stands here. */
  private readIndex(): void {
    this.afterIndex = false;
    if (this.format[this.at] !== '[') return;
    this.reordered = true;
    const close = this.format.length - this.at < 3 ? -1 : this.format.indexOf(']', this.at + 1);
    if (close < 0) {
      this.goodIndex = false;
      this.at += 1;
      return;
    }
    const text = this.format.slice(this.at + 1, close);
    this.at = close + 1;
    const index = /^\d+$/.test(text) ? Number(text) : null;
    if (index !== null && index <= NUMBER_MAX * 10 + 9) {
      this.afterIndex = true;
      if (index >= 1 && index <= this.operands.length) {
        this.operand = index - 1;
        return;
      }
    }
    this.goodIndex = false;
  }

  private verb(verb: string): void {
    const { state } = this;
    if (verb === '%') {
      state.write('%');
    } else if (!this.goodIndex) {
      state.write(`%!${verb}(BADINDEX)`);
    } else if (this.operand >= this.operands.length) {
      state.write(`%!${verb}(MISSING)`);
    } else {
      if (verb === 'v' || verb === 'w') {
        state.sharpV = state.sharp;
        state.sharp = false;
        state.plusV = state.plus;
        state.plus = false;
      }
      this.printer.printArgument(this.operands[this.operand] ?? null, verb);
      this.operand += 1;
    }
  }

  private reportExtra(): void {
    const { state } = this;
    state.clearFlags();
    state.write('%!(EXTRA ');
    this.operands.slice(this.operand).forEach((operand, index) => {
      if (index > 0) state.write(', ');
      if (operand === null) {
        state.write('<nil>');
        return;
      }
      state.write(`${typeNameOf(operand)}=`);
      this.printer.printArgument(operand, 'v');
    });
    state.write(')');
  }
}
