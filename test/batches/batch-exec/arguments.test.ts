// The command line of `src batch exec`: src-cli's cmd/src/batch_exec.go and Go's package flag.
import { describe, expect, test } from '@jest/globals';
import { parseExecArguments } from '#batches/batch-exec/arguments.ts';

const MINIMAL = '-f input.json -repo repository -tmp .src-tmp';
const PARSED = {
  kind: 'arguments',
  program: 'src',
  file: 'input.json',
  repository: 'repository',
  temporary: '.src-tmp',
  workspaceFiles: '',
  binaryDiffs: false,
  timeoutNanos: 3_600_000_000_000n,
};

describe('arguments', () => {
  test.each([
    ['with src', `src batch exec ${MINIMAL}`, {}],
    ['without src', `batch exec ${MINIMAL}`, {}],
    ["the instance's own program", `batch-exec ${MINIMAL}`, { program: 'batch-exec' }],
    ['binary diffs', `batch exec ${MINIMAL} -binaryDiffs`, { binaryDiffs: true }],
    ['binary diffs by value', `batch exec -binaryDiffs=T ${MINIMAL}`, { binaryDiffs: true }],
    ['a timeout', `batch exec ${MINIMAL} -timeout 90s`, { timeoutNanos: 90_000_000_000n }],
    ['workspace files', `batch exec ${MINIMAL} --workspaceFiles=w`, { workspaceFiles: 'w' }],
    ['flags without a meaning here', `batch exec ${MINIMAL} -run-as-image-user -sourcegraphVersion 5`, {}],
  ])('%s', (_, line, parsed) => {
    expect(parseExecArguments(line.split(' '))).toEqual({ ...PARSED, ...parsed });
  });

  test.each([
    ['no file', '-repo r -tmp t', 1, 'input file parameter missing (exit code: 1)\n'],
    ['no folder for temporary files', '-f f -repo r', 1, 'tempDir parameter missing (exit code: 1)\n'],
    ['no repository', '-f f -tmp t', 1, 'repoDir parameter missing (exit code: 1)\n'],
    ['more arguments', '-f f -tmp t -repo r more', 2, 'error: additional arguments not allowed\n'],
    ['a bad timeout', '-timeout soon', 2, 'invalid value "soon" for flag -timeout: parse error\n'],
    ['a bad bool', '-binaryDiffs=maybe', 2, 'invalid boolean value "maybe" for -binaryDiffs: parse error\n'],
  ])('refused: %s', (_, line, exitCode, message) => {
    const parsed = parseExecArguments(['batch', 'exec', ...line.split(' ')]);
    expect(parsed).toMatchObject({ kind: 'refused', exitCode });
    expect(parsed.kind === 'refused' && parsed.message).toMatch(new RegExp(`^${message.replace(/[()]/g, '\\$&')}`));
  });
});
