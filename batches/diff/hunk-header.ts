// Hunk headers, which go-diff reads with fmt.Sscanf. Nobody needs their numbers here, but a bad one fails the whole diff.
import { DiffError } from './error.ts';
import { textOfBytes } from './line-reader.ts';

const SPACES = /^[ \t\v\f\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*/;
const INT64_MAX = (1n << 63n) - 1n;

/** Throws DiffError. `place` is how go-diff starts the error, like `line 5, char 120: `. */
export function checkHunkHeader(header: string, place: string): void {
  const pieces = header.split(' ');
  if (pieces.length < 4 || pieces[0] !== '@@' || pieces[3] !== '@@') {
    throw new DiffError(`${place}bad hunk header: ${textOfBytes(header)}`);
  }
  const ranges = pieces.slice(1, 3).map((range) => (range.includes(',') ? range : `${range},1`));
  const scanner = new HeaderScanner(textOfBytes(`${ranges.join(' ')} @@`));
  scanner.takeSpaces();
  scanner.take('-');
  scanner.takeNumber();
  scanner.take(',');
  scanner.takeNumber();
  scanner.expectSpaces();
  scanner.take('+');
  scanner.takeNumber();
  scanner.take(',');
  scanner.takeNumber();
  scanner.expectSpaces();
  scanner.take('@');
  scanner.take('@');
}

/** fmt.Sscanf as far as the format `@@ -%d,%d +%d,%d @@` goes. */
class HeaderScanner {
  #rest: string;

  constructor(text: string) {
    this.#rest = text;
  }

  take(char: string): void {
    if (this.#rest === '') throw new DiffError('unexpected EOF');
    if (!this.#rest.startsWith(char)) throw new DiffError('input does not match format');
    this.#rest = this.#rest.slice(1);
  }

  takeSpaces(): void {
    this.#rest = this.#rest.slice(SPACES.exec(this.#rest)?.[0].length);
  }

  expectSpaces(): void {
    const before = this.#rest;
    this.takeSpaces();
    if (before !== '' && this.#rest === before) {
      throw new DiffError('expected space in input to match format');
    }
  }

  /** `%d` into an int32: any spaces, a sign, digits. */
  takeNumber(): void {
    this.takeSpaces();
    if (this.#rest === '') throw new DiffError('unexpected EOF');
    const [whole = '', digits = ''] = /^[+-]?(\d*)/.exec(this.#rest) ?? [];
    this.#rest = this.#rest.slice(whole.length);
    if (digits === '') throw new DiffError(this.#rest === '' ? 'unexpected EOF' : 'expected integer');
    const value = digits.length > 30 ? INT64_MAX + 1n : BigInt(digits) * (whole.startsWith('-') ? -1n : 1n);
    if (value > INT64_MAX || value < -INT64_MAX - 1n) {
      throw new DiffError(`strconv.ParseInt: parsing "${whole}": value out of range`);
    }
    if (BigInt.asIntN(32, value) !== value) throw new DiffError(`integer overflow on token ${whole}`);
  }
}
