import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { globMatches } from '#batches/glob/index.ts';
import { decodeText } from '#batches/go/text.ts';

function verdict(pattern: string, input: string): boolean | string {
  const outcome = globMatches(pattern, input);
  return outcome.kind === 'matched' ? outcome.value : outcome.message;
}

describe('globMatches', () => {
  // Answers of gobwas/glob v0.2.3 itself, asked on the inputs below.
  test.each<[string, string, string, boolean | string]>([
    ['a star crosses slashes, there are no separators', '*.go', 'a/b.go', true],
    ['a text as a whole', 'a.go', 'xa.go', false],
    ['prefix and suffix may overlap', 'a*ab', 'ab', true],
    ['a question mark takes the empty text', '?', '', true],
    ['a list does not take the empty text', '[ab]', '', false],
    ['a negated list takes the empty text', '[!ab]', '', true],
    ['two negated lists only refuse the two characters in a row', '[!ab][!ab]', 'ba', true],
    ['two negated lists refuse them in a row', '[!ab][!ab]', 'ab', false],
    ['alternatives', '{*.go,*.ts}', 'x.ts', true],
    ['braces that are never closed', '{a,b', 'b', true],
    ['a closing brace without an opening one is text', 'a}', 'a}', true],
    ['common parts keep * and ** apart', '{*a,**b}', 'xb', true],
    ['a NUL in the middle splits texts only', 'a\0b', 'ab', true],
    ['a NUL at the start ends the pattern', '\0b', '', true],
    ['an escape', '\\*', '*', true],
    ['a range of two lists', '[A-Za-z]', 'Q', 'expected close range character'],
    ['a range that is not closed', '[a', 'a', 'unexpected end of input'],
    ['an empty range', '[]', 'a', 'could not parse range'],
    ['a range from high to low', '[z-a]', 'm', "hi character 'a' should be greater than lo 'z'"],
    ['bytes that are no UTF-8', decodeText(Uint8Array.of(0xff)), 'a', 'could not read rune'],
    ['a panic of Go', 'a{}', 'a', 'runtime error: slice bounds out of range [:2] with length 1'],
  ])('%s', (_name, pattern, input, expected) => {
    expect(verdict(pattern, input)).toBe(expected);
  });

  test.each<[string, string, string, boolean | string]>([
    ['many stars', `${'*a'.repeat(60)}b`, 'a'.repeat(500), false],
    ['many alternatives', `${'{*a,*b}'.repeat(40)}c`, 'ab'.repeat(200), false],
    ['many wildcards', '?*'.repeat(2_000), 'a'.repeat(3_000), 'the pattern needs too much time'],
    ['many ranges', '[a-b]*'.repeat(2_000), 'a'.repeat(3_000), 'the pattern needs too much time'],
    ['deep braces', '{'.repeat(100_000), 'a', 'braces nest deeper than 500'],
    ['a long list of alternatives', `{${Array.from({ length: 20_000 }, (_, i) => `x${i}*`).join(',')}}`, 'y', false],
    ['a long text', '*needle*', `${'hay'.repeat(1_000_000)}needle`, true],
  ])('%s end in time', (_name, pattern, input, expected) => {
    expect(verdict(pattern, input)).toBe(expected);
  });

  test('the answer does not depend on what was asked before', () => {
    for (let i = 0; i < 300; i++) expect(verdict(`a${i}*`, `a${i}b`)).toBe(true);
    expect(verdict('a0*', 'a0')).toBe(true);
    expect(verdict('[', 'a')).toBe('unexpected end of input');
    expect(verdict('[', 'a')).toBe('unexpected end of input');
  });

  const piece = fc.constantFrom(
    'a',
    'b',
    '/',
    'é',
    '日',
    '*',
    '**',
    '?',
    '[ab]',
    '[!a]',
    '[a-c]',
    '{',
    '}',
    ',',
    '\\',
    '[',
  );
  const text = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));

  test('any pattern gives a verdict or an error', () => {
    fc.assert(
      fc.property(text, text, (pattern, input) => {
        expect(['matched', 'error']).toContain(globMatches(pattern, input).kind);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a text without special characters matches itself alone', () => {
    const plain = fc.string({ unit: 'grapheme' }).filter((s) => !/[*?[\]{}\\,\0\ufffd]/.test(s) && s !== '');
    fc.assert(
      fc.property(plain, plain, (pattern, input) => {
        expect(verdict(pattern, input)).toBe(pattern === input);
        expect(verdict(pattern, pattern)).toBe(true);
      }),
    );
  });
});
