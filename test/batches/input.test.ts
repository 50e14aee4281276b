import { describe, expect, test } from '@jest/globals';
import { parseExecutionInput } from '#batches/input.ts';
import { stepCondition } from '#batches/conditions.ts';

describe('parseExecutionInput', () => {
  test('names in any case, the Kelvin sign and the long s included; unknown fields are dropped', () => {
    const parsed = parseExecutionInput(
      '{"REPO\u017fITORY":null,"Path":"p","\u017ftep\u017f":[{"RUN":"x","new":1}],"s\u212aippedSteps":{"2":{}},"more":[]}',
    );
    expect(parsed).toMatchObject({
      kind: 'unmarshalled',
      value: { path: 'p', steps: [{ run: 'x', container: '' }], skippedSteps: new Set([2]), searchResultPaths: null },
    });
  });

  test('equal names are read over each other', () => {
    const parsed = parseExecutionInput('{"branch":{"name":"a","target":{"oid":"o"}},"branch":{"name":"b"}}');
    expect(parsed).toMatchObject({ value: { branch: { name: 'b', target: { oid: 'o' } } } });
  });

  test.each<[string, string, string]>([
    [
      'a step that is a number',
      '{"steps":[1]}',
      'json: cannot unmarshal number into Go struct field WorkspacesExecutionInput.steps of type batches.Step',
    ],
    [
      'a field of a step',
      '{"steps":[{"run":1}]}',
      'json: cannot unmarshal number into Go struct field Step.steps.run of type string',
    ],
    [
      'a field of an output',
      '{"steps":[{"outputs":{"o":{"value":[]}}}]}',
      'json: cannot unmarshal array into Go struct field Output.steps.outputs.value of type string',
    ],
    [
      'env',
      '{"steps":[{"env":{"A":1}}]}',
      'json: cannot unmarshal number into Go struct field Step.steps.env of type string',
    ],
    [
      'the version of a cached result',
      '{"cachedStepResult":{"version":"2"}}',
      'json: cannot unmarshal string into Go struct field WorkspacesExecutionInput.cachedStepResult.version of type int',
    ],
    [
      'an index that is none',
      '{"skippedSteps":{"x":{}}}',
      'json: cannot unmarshal number x into Go struct field WorkspacesExecutionInput.skippedSteps of type int',
    ],
    [
      'the first of two errors',
      '{"path":1,"onlyFetchWorkspace":2}',
      'json: cannot unmarshal number into Go struct field WorkspacesExecutionInput.path of type string',
    ],
    [
      'the error of env, which ends the reading',
      '{"path":1,"steps":[{"env":1}]}',
      'json: cannot unmarshal number into Go struct field Step.steps.env of type map[string]string',
    ],
  ])('refuses %s', (_name, text, message) => {
    expect(parseExecutionInput(text)).toEqual({ kind: 'error', message });
  });

  test('what counts as a condition', () => {
    const parsed = parseExecutionInput('{"steps":[{"if":true},{"if":"x"},{"if":1},{}]}');
    if (parsed.kind === 'error') throw new Error(parsed.message);
    expect(parsed.value.steps?.map((step) => stepCondition(step.if))).toEqual(['true', 'x', '', '']);
  });
});
