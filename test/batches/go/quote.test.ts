// Go's quoted literals. Rows after strconv's own tests (quote_test.go).
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canBackquote, quote, quoteRune, unquote } from '#batches/go/quote.ts';
import { decodeText } from '#batches/go/text.ts';

describe('quote', () => {
  test.each<[string, string, string, string]>([
    ['escapes with names', '\x07\b\f\r\n\t\v', '"\\a\\b\\f\\r\\n\\t\\v"', '"\\a\\b\\f\\r\\n\\t\\v"'],
    ['quote and backslash', '\\"\'', '"\\\\\\"\'"', '"\\\\\\"\'"'],
    ['bytes that are not UTF-8', decodeText(Uint8Array.of(0x61, 0xff, 0x62)), '"a\\xffb"', '"a\\xffb"'],
    ['characters that print', '☺😀', '"☺😀"', '"\\u263a\\U0001f600"'],
    ['characters that do not', '\u0001\u007f\u00a0\ufeff', '"\\x01\\x7f\\u00a0\\ufeff"', '"\\x01\\x7f\\u00a0\\ufeff"'],
  ])('%s', (_name, text, quoted, ascii) => {
    expect(quote(text)).toBe(quoted);
    expect(quote(text, true)).toBe(ascii);
  });

  test('runes', () => {
    expect([0x78, 0x27, 0x22, 0xd800, 0x110000].map((rune) => quoteRune(rune))).toEqual([
      "'x'",
      "'\\''",
      "'\"'",
      "'�'",
      "'�'",
    ]);
  });

  test('what can stand between back quotes', () => {
    expect(['a\tb', 'a`b', 'a\nb', '\ufeff', '☺'].map(canBackquote)).toEqual([true, false, false, false, true]);
  });
});

describe('unquote', () => {
  test.each<[string, string | null]>([
    ['""', ''],
    ['"\\u1234\\U00010111\\xFF\\377"', decodeText(Uint8Array.of(0xe1, 0x88, 0xb4, 0xf0, 0x90, 0x84, 0x91, 0xff, 0xff))],
    ['"\\xc3\\xa9"', 'é'],
    ['`a\\n\r`', 'a\\n'],
    ["'\\''", "'"],
    ['"a', null],
    ['"\\q"', null],
    ['"\\\'"', null],
    ['"\\ud800"', null],
    ['"\\U00110000"', null],
    ['"\\400"', null],
    ['"\n"', null],
    ["'ab'", null],
  ])('%s', (literal, expected) => {
    expect(unquote(literal)).toBe(expected);
  });

  test('gives back what was quoted', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const text = decodeText(bytes);
        expect(unquote(quote(text))).toBe(text);
        expect(unquote(quote(text, true))).toBe(text);
      }),
    );
  });
});
