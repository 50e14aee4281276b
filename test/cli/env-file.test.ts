import { expect, test } from '@jest/globals';
import { parseEnvFile } from '#cli/env-file.ts';

test('NAME=value lines; comments and empty lines are skipped, values are taken as they stand', () => {
  const text = '# secrets\n\nTOKEN=a=b c\r\n  QUOTED="x"\nEMPTY=\n';
  expect(parseEnvFile(text)).toEqual({ kind: 'variables', variables: { TOKEN: 'a=b c', QUOTED: '"x"', EMPTY: '' } });
});

test.each([
  ['a name alone', 'A=1\nTOKEN', 2],
  ['a name with a space', 'export A=1', 1],
  ['a name that starts with a digit', '1A=2', 1],
])('%s is refused with its line', (_, text, line) => {
  expect(parseEnvFile(text)).toEqual({ kind: 'invalid', line, message: 'expected NAME=value' });
});
