import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Redactor } from '#runner/redaction.ts';

describe('one text', () => {
  test.each<[name: string, values: Record<string, string>, text: string, redacted: string]>([
    ['no secrets', {}, 'abc', 'abc'],
    ['an empty secret is dropped', { '': 'X' }, 'abc', 'abc'],
    ['every occurrence', { s: 'X' }, 'sas', 'XaX'],
    ['the leftmost wins', { ab: '1', bc: '2' }, 'abc', '1c'],
    ['at one place the longest wins', { ab: '1', abc: '2' }, 'abcab', '21'],
    ['a replacement is not looked at again', { a: 'b', b: 'c' }, 'ab', 'bc'],
    ['signs of regular expressions are plain', { 'a.*$^[': 'X' }, 'a.*$^[ abc', 'X abc'],
    ['signs of replacement patterns are plain', { a: '$&$1' }, 'a', '$&$1'],
    ['a newline at the end of a secret stays in the text', { 'token\n': 'X' }, 'token\nnext', 'X\nnext'],
    ['a secret of newlines only is dropped', { '\n': 'X' }, 'a\nb', 'a\nb'],
    ['a secret of several lines', { 'a\r\nb': 'X' }, '1a\nb2', '1X2'],
    ['the form inside a JSON text', { 'a"b': 'X' }, '{"env":"a\\"b"}', '{"env":"X"}'],
    ["the form inside Go's JSON text", { 'a<b': 'X' }, '{"env":"a\\u003cb"}', '{"env":"X"}'],
    ['several lines inside a JSON text', { 'a\nb': 'X' }, '{"out":"a\\nb"}', '{"out":"X"}'],
  ])('%s', (_, values, text, redacted) => {
    expect(new Redactor(values).redact(text)).toBe(redacted);
    expect(new Redactor(values).alters(text)).toBe(text !== redacted);
  });
});

// Few letters, so that secrets overlap, begin alike and contain each other.
const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 12 });
const secrets = fc.dictionary(
  fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 5 }),
  fc.constantFrom('1', '', 'a'),
);

test('in pieces as in one: where the pieces are cut makes no difference', () => {
  fc.assert(
    fc.property(secrets, fc.array(letters, { maxLength: 8 }), (values, pieces) => {
      const redactor = new Redactor(values);
      const stream = redactor.stream();
      const streamed = pieces.map((piece) => stream.push(piece)).join('') + stream.end();
      expect(streamed).toBe(redactor.redact(pieces.join('')));
    }),
    { numRuns: 2000 },
  );
});

test('a piece without a beginning of a secret comes out at once', () => {
  const stream = new Redactor({ secret: 'X' }).stream();
  expect(stream.push('plain\n')).toBe('plain\n');
  expect(stream.push('a secr')).toBe('a ');
  expect(stream.push('ecy')).toBe('secrecy');
});
