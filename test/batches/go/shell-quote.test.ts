// Words against kballard/go-shellquote v0.0.0-20180428030007 (quote.go), and every word through a real shell and back.
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { joinShellWords } from '#batches/go/shell-quote.ts';

describe('a word', () => {
  test.each([
    ['plain', 'a/b.txt', 'a/b.txt'],
    ['empty', '', "''"],
    ['special characters', '/tmp/$x;y.txt', '/tmp/\\$x\\;y.txt'],
    ['a space', 'A=two words', "'A=two words'"],
    ['a newline', 'A=1\n2', "'A=1\n2'"],
    ['a single quote', "q's", "q\\'s"],
    ['a single quote and a space', "it's a", "'it'\\''s a'"],
    ['a space and only quotes', "' '", "\\'' '\\'"],
    ['a tilde in front', '~/x', '\\~/x'],
    ['a tilde inside', 'a~b', 'a~b'],
    ['no ASCII', '/tmp/ü.txt', '/tmp/ü.txt'],
    ['what is special to no shell', '#%]}-=', '#%]}-='],
  ])('%s', (_, word, written) => {
    expect(joinShellWords([word])).toBe(written);
  });
});

test('a shell reads back what was written', () => {
  const words = fc.array(fc.stringMatching(/^[ -~\n\t\u00fc]*$/), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(words, (given) => {
      const text = joinShellWords(['printf', '%s\\0', ...given]);
      // A `#` begins a comment at the start of a word; go-shellquote does not know that.
      fc.pre(!given.some((word) => word.startsWith('#')));
      const read = execFileSync('/bin/sh', ['-c', text], { encoding: 'utf8' }).split('\0').slice(0, -1);
      expect(read).toEqual(given);
    }),
    { numRuns: 25 },
  );
});
