// What a number or character literal of a template means (`newNumber` of Go's text/template/parse/node.go, and
// `idealConstant` of exec.go: the spelling decides between int and float64).
import { parseComplex, parseFloat64, parseInt64, parseUint64 } from '#batches/go/number-syntax.ts';
import { unquoteCharacter } from '#batches/go/quote.ts';
import { GoComplex, type GoConcrete } from '#batches/go/reflect.ts';
import { sprintf } from '#batches/go/format.ts';
import { GoInt } from '#batches/go/values.ts';
import type { TokenType } from './tokens.ts';

/** `value` null: an integer that only uint64 could hold, which no constant is. */
export type NumberLiteral = { readonly value: GoConcrete | null } | { readonly error: string };

export function readNumber(text: string, type: TokenType): NumberLiteral {
  if (type === 'character constant') return readCharacter(text);
  if (type === 'complex') {
    const complex = parseComplex(text);
    return 'error' in complex ? complex : { value: new GoComplex(complex.re, complex.im) };
  }
  if (text.endsWith('i')) {
    const imaginary = parseFloat64(text.slice(0, -1));
    if (imaginary !== null) return { value: new GoComplex(0, imaginary) };
  }
  return readReal(text);
}

function readCharacter(text: string): NumberLiteral {
  const character = unquoteCharacter(text, 1, "'");
  if (character === null) return { error: 'invalid syntax' };
  if (text.slice(character.next) !== "'") return { error: `malformed character constant: ${text}` };
  return { value: new GoInt(character.value) };
}

function readReal(text: string): NumberLiteral {
  const looksLikeFloat = /[.eEpP]/.test(text) && !isHexInteger(text);
  const int = parseInt64(text);
  if (int !== null) return { value: looksLikeFloat ? Number(int) : new GoInt(int) };
  const uint = parseUint64(text);
  if (uint !== null) return { value: looksLikeFloat ? Number(uint) : null };
  const float = parseFloat64(text);
  if (float === null) return { error: sprintf('illegal number syntax: %q', [text]) };
  // A float that is written as an integer is one too large for any integer type.
  return looksLikeFloat || /[.eEpP]/.test(text) ? { value: float } : { error: sprintf('integer overflow: %q', [text]) };
}

/** Its e is a digit. A sign before the prefix hides it from Go's test, so that -0x1e is a float64. */
function isHexInteger(text: string): boolean {
  return /^0[xX]./.test(text) && !/[pP]/.test(text);
}
