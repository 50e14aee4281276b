import { describe, expect, test } from '@jest/globals';
import { redactResult } from '#runner/log-entries/result-lines.ts';
import { Redactor } from '#runner/redaction.ts';

const redactor = new Redactor({ hunter2: 'REDACTED' });

const cached = (value: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    operation: 'CACHE_AFTER_STEP_RESULT',
    status: 'SUCCESS',
    metadata: { key: 'abc-step-0', value: { version: 2, stdout: '', stderr: '', diff: 'ZGlmZg==', ...value } },
  });
const succeeded = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ operation: 'TASK_STEP', status: 'SUCCESS', metadata: { step: 1, diff: 'diff', ...fields } });

describe('a line that carries a result', () => {
  test.each<[name: string, line: string, outcome: string]>([
    ['without a secret is sent as it is', cached({}), cached({})],
    ['has what its step printed redacted', cached({ stdout: 'it is hunter2' }), cached({ stdout: 'it is REDACTED' })],
    ['the same for standard error', cached({ stderr: 'hunter2\n' }), cached({ stderr: 'REDACTED\n' })],
    ['is refused with a secret in its diff', cached({ diff: '+hunter2' }), 'refused'],
    ['is refused with a secret in its outputs', cached({ outputs: { password: 'hunter2' } }), 'refused'],
    ['is refused with a secret in a name', cached({ changedFiles: { added: ['hunter2.txt'] } }), 'refused'],
    ['of a step that succeeded is refused with one in its diff', succeeded({ diff: '+hunter2' }), 'refused'],
    ['of a step that succeeded is sent as it is', succeeded({}), succeeded({})],
    ['no event', '{"hunter2":1}', 'no-result'],
    ['no JSON', 'CACHE_AFTER_STEP_RESULT hunter2', 'no-result'],
    ['progress', '{"operation":"TASK_STEP","status":"PROGRESS","metadata":{"out":"hunter2"}}', 'no-result'],
    ['cut off', '{"operation":"CACHE_AFTER_STEP_RESULT","metadata":', 'no-result'],
  ])('%s', (_, line, outcome) => {
    const result = redactResult(line, redactor);
    expect(result.kind === 'result' ? result.line : result.kind).toBe(outcome);
  });
});
