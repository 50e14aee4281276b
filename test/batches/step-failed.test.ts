import { describe, expect, test } from '@jest/globals';
import { stepFailureLine, stepFailureText, type StepFailure } from '#batches/step-failed.ts';

const failure: StepFailure = {
  run: 'echo a\nexit 3',
  container: 'alpine:3',
  scriptName: '/tmp/s',
  stdout: '/tmp/s: out',
  stderr: '/tmp/s: line 2: no\nsecond',
  exitCode: 3,
  reason: 'exit status 3',
};

describe('a failed step', () => {
  test('says what ran, what it printed without the script name, and how it ended', () => {
    expect(stepFailureText(failure)).toBe(
      'run: echo a\n\t(... and 1 more lines)\ncontainer: alpine:3\n\nstandard out:\n\tout\n\n' +
        'standard error:\n\tline 2: no\n\tsecond\n\nCommand failed with exit code 3.',
    );
    expect(stepFailureLine(failure)).toBe('/tmp/s: line 2: no');
  });

  test('without an exit code says why', () => {
    const killed = { ...failure, run: 'a', stdout: '', stderr: '', exitCode: -1, reason: 'signal: killed' };
    expect(stepFailureText(killed)).toBe('run: a\ncontainer: alpine:3\n\nCommand failed: signal: killed');
    expect(stepFailureLine(killed)).toBe('signal: killed');
  });
});
