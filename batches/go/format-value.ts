// How fmt prints one value under a verb: `printArg` and `printValue` of Go's fmt/print.go.
import type { FloatFormat } from './float-text.ts';
import { writeCharacter, writeFloat, writeInteger, writeQuotedCharacter, writeUnicode } from './format-number.ts';
import { FormatState } from './format-state.ts';
import { canBackquote, quote } from './quote.ts';
import {
  contentOf,
  elementAt,
  elementCount,
  GoByte,
  GoBytes,
  GoComplex,
  GoInterface,
  GoNamedInt,
  GoPathList,
  GoPointer,
  GoStruct,
  kindOf,
  sortedEntries,
  typeNameOf,
  type GoConcrete,
  type Reflected,
} from './reflect.ts';
import { decodeText, encodeText } from './text.ts';
import { timeGoString, timeString, unixSeconds, UNIX_EPOCH_IN_GO_SECONDS } from './time-text.ts';
import { GoInt, GoNilMap, GoStrings, GoTime, GoUint64 } from './values.ts';

const NIL = '<nil>';
/** What `%p` shows for a map, slice or pointer: addresses mean nothing here. */
const ADDRESS = 0xc000_000_000n;
/** The verbs for which a String or Error method speaks for the value. */
const STRINGABLE = 'vsxXq';

/** Prints values into its state. One printer serves one call of Sprint or Sprintf. */
export class ValuePrinter {
  readonly state = new FormatState();
  /** Set while a bad verb is reported: methods are not asked then. */
  private reporting = false;

  /** An operand of a call; null is a nil interface. */
  printArgument(argument: GoConcrete | null, verb: string): void {
    if (argument === null) {
      if (verb === 'T' || verb === 'v') this.state.pad(NIL);
      else this.badVerb(null, verb);
    } else if (verb === 'T') {
      this.writeText(typeNameOf(argument));
    } else if (verb === 'p') {
      this.writePointer(argument, verb);
    } else if (argument instanceof GoBytes) {
      this.printBytes(argument, verb, '[]byte');
    } else if (!this.printByMethod(argument, verb)) {
      this.printValue(argument, verb, 0);
    }
  }

  private printValue(value: Reflected, verb: string, depth: number): void {
    if (value instanceof GoInterface) {
      if (value.content !== null) this.printNested(value.content, verb, depth + 1);
      else this.state.write(this.state.sharpV ? 'interface {}(nil)' : NIL);
      return;
    }
    if (value === null) return;
    if (typeof value === 'string') this.printString(value, verb, value);
    else if (typeof value === 'boolean') {
      if (verb === 't' || verb === 'v') this.state.pad(String(value));
      else this.badVerb(value, verb);
    } else if (typeof value === 'number') this.printFloat(value, verb, value);
    else if (value instanceof GoInt) this.printInteger(value.value, true, verb, value);
    else if (value instanceof GoUint64) this.printInteger(value.value, false, verb, value);
    else if (value instanceof GoByte) this.printInteger(BigInt(value.value), false, verb, value);
    else if (value instanceof GoComplex) this.printComplex(value, verb);
    else if (value instanceof GoTime) this.printTimeFields(value, verb);
    else if (value instanceof GoStruct) this.printStruct(value, verb, depth);
    else if (value instanceof GoPointer) this.printPointer(value, verb, depth);
    else if (kindOf(value) === 'map') this.printMap(value, verb, depth);
    else this.printSlice(value, verb, depth);
  }

  private printNested(value: Reflected, verb: string, depth: number): void {
    const content = contentOf(value);
    if (content !== null && this.printByMethod(content, verb)) return;
    this.printValue(value, verb, depth);
  }

  /** `handleMethods`: String, and for `%#v` GoString. */
  private printByMethod(value: GoConcrete, verb: string): boolean {
    if (typeof value !== 'object' || this.reporting) return false;
    if (verb === 'w') {
      this.badVerb(value, verb); // wraps errors, and no value of a template is one
      return true;
    }
    if (this.state.sharpV) {
      if (!(value instanceof GoTime)) return false;
      this.writeText(timeGoString(value));
      return true;
    }
    if (!STRINGABLE.includes(verb)) return false;
    const text = textByMethod(value);
    if (text === null) return false;
    this.printString(text, verb, value);
    return true;
  }

  private badVerb(value: Reflected, verb: string): void {
    this.reporting = true;
    this.state.write(`%!${verb}(`);
    if (value === null) {
      this.state.write(NIL);
    } else {
      this.state.write(`${typeNameOf(value)}=`);
      this.printValue(value, 'v', 0);
    }
    this.state.write(')');
    this.reporting = false;
  }

  /** `fmtS`: cut to the precision, in runes, and padded. */
  private writeText(text: string): void {
    this.state.pad(truncated(text, this.state.precision));
  }

  private printString(text: string, verb: string, value: GoConcrete): void {
    switch (verb) {
      case 'v':
        if (this.state.sharpV) this.writeQuoted(text);
        else this.writeText(text);
        return;
      case 's':
        this.writeText(text);
        return;
      case 'x':
      case 'X':
        this.writeHex(encodeText(text), verb);
        return;
      case 'q':
        this.writeQuoted(text);
        return;
      default:
        this.badVerb(value, verb);
    }
  }

  private writeQuoted(text: string): void {
    const cut = truncated(text, this.state.precision);
    if (this.state.sharp && canBackquote(cut)) this.state.pad(`\`${cut}\``);
    else this.state.pad(quote(cut, this.state.plus));
  }

  /** `fmtSbx`: two digits a byte, with the space flag apart, with # prefixed. */
  private writeHex(bytes: Uint8Array, verb: 'x' | 'X'): void {
    const state = this.state;
    const shown =
      state.precision !== null && state.precision < bytes.length ? bytes.subarray(0, state.precision) : bytes;
    if (shown.length === 0) {
      state.writePadding(state.width ?? 0);
      return;
    }
    const digits = Buffer.from(shown).toString('hex');
    const prefix = state.sharp ? '0x' : '';
    const text = prefix + (state.space ? digits.replace(/..(?!$)/g, `$& ${prefix}`) : digits);
    const missing = (state.width ?? 0) - text.length;
    if (!state.minus) state.writePadding(missing);
    state.write(verb === 'X' ? text.toUpperCase() : text);
    if (state.minus) state.writePadding(missing);
  }

  private printInteger(value: bigint, signed: boolean, verb: string, of: GoConcrete): void {
    const state = this.state;
    const pattern = BigInt.asUintN(64, value);
    switch (verb) {
      case 'v':
        if (state.sharpV && !signed) this.writeAddress(pattern, true);
        else writeInteger(state, value, 10, { verb });
        return;
      case 'd':
        writeInteger(state, value, 10, { verb });
        return;
      case 'b':
        writeInteger(state, value, 2, { verb });
        return;
      case 'o':
      case 'O':
        writeInteger(state, value, 8, { verb });
        return;
      case 'x':
      case 'X':
        writeInteger(state, value, 16, { verb, upper: verb === 'X' });
        return;
      case 'c':
        writeCharacter(state, pattern);
        return;
      case 'q':
        writeQuotedCharacter(state, pattern);
        return;
      case 'U':
        writeUnicode(state, pattern);
        return;
      default:
        this.badVerb(of, verb);
    }
  }

  /** `fmt0x64`: hexadecimal with or without the prefix, whatever the # flag says. */
  private writeAddress(value: bigint, prefixed: boolean): void {
    const sharp = this.state.sharp;
    this.state.sharp = prefixed;
    writeInteger(this.state, value, 16, { verb: 'v' });
    this.state.sharp = sharp;
  }

  private printFloat(value: number, verb: string, of: GoConcrete): void {
    const format = FLOAT_VERBS[verb];
    if (format === undefined) this.badVerb(of, verb);
    else writeFloat(this.state, value, format.format, format.precision);
  }

  private printComplex(value: GoComplex, verb: string): void {
    if (FLOAT_VERBS[verb] === undefined) {
      this.badVerb(value, verb);
      return;
    }
    const plus = this.state.plus;
    this.state.write('(');
    this.printFloat(value.re, verb, value);
    this.state.plus = true; // the imaginary part always has its sign
    this.printFloat(value.im, verb, value);
    this.state.write('i)');
    this.state.plus = plus;
  }

  private printMap(map: GoConcrete, verb: string, depth: number): void {
    const { sharpV } = this.state;
    if (sharpV && map instanceof GoNilMap) {
      this.state.write(`${typeNameOf(map)}(nil)`);
      return;
    }
    this.state.write(sharpV ? `${typeNameOf(map)}{` : 'map[');
    let first = true;
    for (const [key, value] of sortedEntries(map)) {
      if (!first) this.state.write(sharpV ? ', ' : ' ');
      first = false;
      this.printNested(key, verb, depth + 1);
      this.state.write(':');
      this.printNested(value, verb, depth + 1);
    }
    this.state.write(sharpV ? '}' : ']');
  }

  private printSlice(slice: GoConcrete, verb: string, depth: number): void {
    if (slice instanceof GoBytes && 'sqxX'.includes(verb)) {
      this.printBytes(slice, verb, '[]uint8');
      return;
    }
    const { sharpV } = this.state;
    if (sharpV && isNilSlice(slice)) {
      this.state.write(`${typeNameOf(slice)}(nil)`);
      return;
    }
    this.state.write(sharpV ? `${typeNameOf(slice)}{` : '[');
    const count = elementCount(slice);
    for (let i = 0; i < count; i++) {
      if (i > 0) this.state.write(sharpV ? ', ' : ' ');
      this.printNested(elementAt(slice, i), verb, depth + 1);
    }
    this.state.write(sharpV ? '}' : ']');
  }

  private printBytes(slice: GoBytes, verb: string, typeName: string): void {
    const bytes = slice.bytes ?? new Uint8Array();
    switch (verb) {
      case 's':
        this.writeText(decodeText(bytes));
        return;
      case 'q':
        this.writeQuoted(decodeText(bytes));
        return;
      case 'x':
      case 'X':
        this.writeHex(bytes, verb);
        return;
      case 'v':
        if (this.state.sharpV && slice.bytes !== null) {
          this.state.write(`${typeName}{`);
          bytes.forEach((byte, index) => {
            if (index > 0) this.state.write(', ');
            this.writeAddress(BigInt(byte), true);
          });
          this.state.write('}');
          return;
        }
        if (this.state.sharpV) this.state.write(`${typeName}(nil)`);
        else this.printSlice(slice, verb, 0);
        return;
      default:
        this.printSlice(slice, verb, 0);
    }
  }

  private printStruct(struct: GoStruct, verb: string, depth: number): void {
    const fields = struct.type.fields.map((name, index) => [name, struct.values[index] ?? null] as const);
    this.printFields(struct.type.name, fields, (value) => this.printNested(value, verb, depth + 1));
  }

  private printFields(
    typeName: string,
    fields: readonly (readonly [string, GoConcrete | null])[],
    print: (value: GoConcrete | null) => void,
  ): void {
    const { plusV, sharpV } = this.state;
    this.state.write(sharpV ? `${typeName}{` : '{');
    fields.forEach(([name, value], index) => {
      if (index > 0) this.state.write(sharpV ? ', ' : ' ');
      if (plusV || sharpV) this.state.write(`${name}:`);
      print(value);
    });
    this.state.write('}');
  }

  /** A time under a verb that its String method does not answer: the struct's own three fields. */
  private printTimeFields(time: GoTime, verb: string): void {
    const seconds = unixSeconds(time);
    const fields = [
      ['wall', new GoUint64(time.nanos - seconds * 1_000_000_000n)],
      ['ext', new GoNamedInt(seconds + UNIX_EPOCH_IN_GO_SECONDS, 'int64', null)],
      ['loc', null],
    ] as const;
    this.printFields('time.Time', fields, (value) => {
      if (value !== null) this.printValue(value, verb, 1);
      else this.writeLocation(time.offsetSeconds === null ? 0n : ADDRESS, verb);
    });
  }

  private writeLocation(address: bigint, verb: string): void {
    if (verb === 'v') this.writeAddressOrNil('*time.Location', address);
    else if ('bodxX'.includes(verb)) this.printInteger(address, false, verb, new GoUint64(address));
    else {
      this.state.write(`%!${verb}(*time.Location=`);
      this.writeAddressOrNil('*time.Location', address);
      this.state.write(')');
    }
  }

  private writeAddressOrNil(typeName: string, address: bigint): void {
    if (this.state.sharpV) {
      this.state.write(`(${typeName})(`);
      if (address === 0n) this.state.write('nil');
      else this.writeAddress(address, true);
      this.state.write(')');
    } else if (address === 0n) this.state.pad(NIL);
    else this.writeAddress(address, !this.state.sharp);
  }

  private printPointer(pointer: GoPointer, verb: string, depth: number): void {
    if (depth === 0) {
      this.state.write('&');
      this.printNested(pointer.target, verb, depth + 1);
    } else this.writePointer(pointer, verb);
  }

  /** `fmtPointer`. */
  private writePointer(value: GoConcrete, verb: string): void {
    if (!['map', 'slice', 'pointer'].includes(kindOf(value))) {
      this.badVerb(value, verb);
      return;
    }
    const address = value instanceof GoNilMap || isNilSlice(value) ? 0n : ADDRESS;
    if (verb === 'v') this.writeAddressOrNil(typeNameOf(value), address);
    else if (verb === 'p') this.writeAddress(address, !this.state.sharp);
    else if ('bodxX'.includes(verb)) this.printInteger(address, false, verb, value);
    else this.badVerb(value, verb);
  }
}

const FLOAT_VERBS: Readonly<Record<string, { readonly format: FloatFormat; readonly precision: number } | undefined>> =
  {
    v: { format: 'g', precision: -1 },
    b: { format: 'b', precision: -1 },
    g: { format: 'g', precision: -1 },
    G: { format: 'G', precision: -1 },
    x: { format: 'x', precision: -1 },
    X: { format: 'X', precision: -1 },
    f: { format: 'f', precision: 6 },
    e: { format: 'e', precision: 6 },
    E: { format: 'E', precision: 6 },
    F: { format: 'f', precision: 6 },
  };

function textByMethod(value: GoConcrete): string | null {
  if (value instanceof GoTime) return timeString(value);
  if (value instanceof GoPathList) return value.toString();
  if (value instanceof GoNamedInt) return value.label;
  return null;
}

function isNilSlice(slice: GoConcrete): boolean {
  return (slice instanceof GoStrings && slice.items === null) || (slice instanceof GoBytes && slice.bytes === null);
}

/** The first `precision` runes. */
function truncated(text: string, precision: number | null): string {
  if (precision === null || precision >= text.length) return text;
  let at = 0;
  for (let runes = 0; runes < precision && at < text.length; runes++) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, at);
}
