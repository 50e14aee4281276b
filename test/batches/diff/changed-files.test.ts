import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changesInDiff } from '#batches/diff/changed-files.ts';

function changes(lines: readonly string[]): unknown {
  const result = changesInDiff(Buffer.from(`${lines.join('\n')}\n`));
  if (result.kind === 'error') return result.message;
  return Object.fromEntries(Object.entries(result.changedFiles).filter(([, paths]) => paths !== null));
}

const HUNK = ['@@ -1 +1 @@', '-a', '+b'];

describe('changesInDiff', () => {
  test.each<[string, string[], unknown]>([
    ['a change', ['diff --git a a', '--- a', '+++ a', ...HUNK], { modified: ['a'] }],
    ['two files', ['--- a', '+++ a', ...HUNK, '--- /dev/null', '+++ b', ...HUNK], { modified: ['a'], added: ['b'] }],
    ['an empty new file', ['diff --git x y x y', 'new file mode 100644', 'index 0..1'], { added: ['x y'] }],
    [
      'a rename lists the new name',
      ['diff --git a b', 'similarity index 100%', 'rename from a', 'rename to b'],
      { renamed: ['b'] },
    ],
    [
      'a quoted name',
      ['diff --git "a\\303\\251" "a\\303\\251"', 'deleted file mode 1', 'index 1..0'],
      { deleted: ['aé'] },
    ],
    ['a binary file', ['diff --git a a', 'index 1..2', 'GIT binary patch', 'literal 1', 'zzz'], { modified: ['a'] }],
    [
      'lines that look like a header of a file',
      ['--- a', '+++ a', '@@ -1 +1 @@', '--- x', '+++ y', ' '],
      { modified: ['a'] },
    ],
    [
      'a file without any header has no name',
      ['diff --git a a', 'diff --git b b', 'old mode 1', 'new mode 2'],
      { modified: ['', 'b'] },
    ],
    ['other text alone is no file', ['hello', 'world'], {}],
    ['Only in', ['Only in a: b'], { renamed: [''] }],
  ])('%s', (_name, lines, expected) => {
    expect(changes(lines)).toEqual(expected);
  });

  test.each<[string, string[], string]>([
    ['no +++ line', ['--- a', 'x'], 'line 1, char 5: bad file header'],
    ['a hunk header without an end', ['--- a', '+++ a', '@@ -1 +1'], 'line 3, char 18: bad hunk header: @@ -1 +1'],
    ['a hunk header without numbers', ['--- a', '+++ a', '@@ x +1 @@'], 'input does not match format'],
    ['a number beyond 32 bits', ['--- a', '+++ a', '@@ -9999999999 +1 @@'], 'integer overflow on token 9999999999'],
    [
      'a time that is none',
      ['--- a\tnow', '+++ a'],
      'parsing time "now" as "2006-01-02 15:04:05 -0700": cannot parse "now" as "2006"',
    ],
    [
      'what makes go-diff panic',
      ['diff --git a  ', 'old mode 1', 'new mode 2'],
      'runtime error: slice bounds out of range [:2] with length 1',
    ],
  ])('refuses %s', (_name, lines, message) => {
    expect(changes(lines)).toBe(message);
  });

  test('ten megabytes take well under a second', () => {
    const file = `diff --git f f\n--- f\n+++ f\n@@ -1,500 +1,500 @@\n${'+some line of text that was added\n'.repeat(500)}`;
    const diff = Buffer.from(file.repeat(Math.ceil(10_000_000 / file.length)));
    const start = performance.now();
    expect(changesInDiff(diff).kind).toBe('changes');
    expect(performance.now() - start).toBeLessThan(2_000); // 70 ms on a quiet machine
  });

  test('any lines give changes or an error', () => {
    const line = fc.constantFrom('diff --git a a', 'diff --git "a" b c', 'diff --git a  ', 'new file mode 1', 'index 1', '--- a', '--- "b"\t', '+++ b', '@@ -1 +1 @@', '@@ -1', '-a', '+b', '', ' ', 'rename from a', 'rename to "b', 'Binary files a', 'GIT binary patch', 'Only in : ', '\\'); // prettier-ignore
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.uint8Array({ maxLength: 3 }), (lines, junk) => {
        const diff = Buffer.concat([Buffer.from(lines.join('\n')), junk]);
        expect(['changes', 'error']).toContain(changesInDiff(diff).kind);
      }),
      { numRuns: 2_000 },
    );
  });
});
