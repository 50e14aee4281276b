// The helper's command line: Sourcegraph's cmd/batcheshelper/main.go and Go's package flag.
import { describe, expect, test } from '@jest/globals';
import { parseHelperArguments } from '#batches/native/arguments.ts';

const DEFAULTS = { input: 'input.json', previousStepPath: '', workspaceFiles: '/job/workspace-files' };
const USAGE = /^Usage: batcheshelper <pre\|post> <step index> \[OPTIONS\]\nOPTIONS:\n {2}-input string\n/;

describe('arguments', () => {
  test.each([
    ['pre 0', { mode: 'pre', step: 0 }],
    ['post +12', { mode: 'post', step: 12 }],
    ['-input a.json pre 1', { mode: 'pre', step: 1, input: 'a.json' }],
    ['pre --input a.json 1', { mode: 'pre', step: 1, input: 'a.json' }],
    [
      'pre 1 -workspaceFiles /w -previousStepPath p',
      { mode: 'pre', step: 1, workspaceFiles: '/w', previousStepPath: 'p' },
    ],
    // The argument behind a flag is taken with it, also when the flag has its value already.
    ['-input=a.json ignored pre 1', { mode: 'pre', step: 1, input: 'a.json' }],
  ])('%s', (line, parsed) => {
    expect(parseHelperArguments(line.split(' '))).toEqual({ kind: 'arguments', ...DEFAULTS, ...parsed });
  });

  test.each([
    ['nothing', [], 1, 'missing arguments'],
    ['no step', ['pre'], 1, 'missing arguments'],
    ['one too many', ['pre', '0', '1'], 1, 'too many arguments'],
    ['another mode', ['during', '0'], 1, 'invalid mode "during"'],
    ['a step in words', ['pre', 'one'], 1, 'failed to parse step: strconv.Atoi: parsing "one": invalid syntax'],
    [
      'a step beyond int64',
      ['pre', '9223372036854775808'],
      1,
      'failed to parse step: strconv.Atoi: parsing "9223372036854775808": value out of range',
    ],
    ['an unknown flag', ['pre', '0', '-x', '1'], 2, 'flag provided but not defined: -x\n'],
    ['a flag without its value', ['pre', '0', '-input'], 2, 'flag needs an argument: -input\n'],
    ['bad syntax', ['pre', '0', '---input', 'x'], 2, 'bad flag syntax: ---input\n'],
    ['help', ['-h', 'x'], 0, ''],
  ])('refused: %s', (_, args, exitCode, message) => {
    const parsed = parseHelperArguments(args);
    expect(parsed).toMatchObject({ kind: 'refused', exitCode });
    const said = parsed.kind === 'refused' ? parsed.message : '';
    // Only what is wrong with the flags themselves is followed by the usage.
    expect(said.slice(0, message.length)).toBe(message);
    expect(said.slice(message.length)).toMatch(exitCode === 1 ? /^$/ : USAGE);
  });
});
