import { describe, expect, test } from '@jest/globals';
import { GoInt, type GoValue } from '#batches/go/values.ts';
import { setOutputs, type OutputsResult } from '#batches/outputs.ts';
import type { StepContext } from '#batches/step-context.ts';
import { NO_CHANGES, NO_STEP_RESULT } from '#batches/step-result.ts';

function context(stdout: string, before: ReadonlyMap<string, GoValue> | null): StepContext {
  return {
    batchChange: { name: 'b', description: '' },
    repository: { name: 'r', branch: 'main', fileMatches: null },
    outputs: before,
    previousStep: NO_STEP_RESULT,
    step: { ...NO_STEP_RESULT, stdout },
    steps: { changes: NO_CHANGES, path: '' },
  };
}

function outputsOf(stdout: string, format: string, before: ReadonlyMap<string, GoValue> | null = null): OutputsResult {
  return setOutputs(new Map([['x', { value: '${{ step.stdout }}', format }]]), context(stdout, before));
}

describe('outputs', () => {
  test('a YAML int and a JSON number stay apart', () => {
    expect(outputsOf('5', 'yaml')).toEqual({ kind: 'outputs', outputs: new Map([['x', new GoInt(5)]]) });
    expect(outputsOf('5', 'json')).toEqual({ kind: 'outputs', outputs: new Map([['x', 5]]) });
  });

  test('earlier outputs stay, and the map that was given is not written to', () => {
    const before = new Map<string, GoValue>([['kept', 'k']]);
    const result = outputsOf('v', '', before);
    expect(result).toEqual({ kind: 'outputs', outputs: new Map([['kept', 'k'], ['x', 'v']]) }); // prettier-ignore
    expect([...before.keys()]).toEqual(['kept']);
  });

  test.each([
    ['yaml', '# nothing\n', 'EOF'],
    ['json', ' ', 'EOF'],
    ['json', '{', 'unexpected EOF'],
    ['yaml', 'a: b: c', 'yaml: mapping values are not allowed in this context'],
  ])('%s of %j is an error', (format, stdout, message) => {
    expect(outputsOf(stdout, format)).toEqual({ kind: 'error', message });
  });

  test('a template that cannot be rendered names its output', () => {
    const outputs = new Map([['x', { value: '${{ outputs.later }}', format: '' }]]);
    expect(setOutputs(outputs, context('', null))).toEqual({
      kind: 'error',
      message:
        'parsing step run: template: outputs-x:1:4: executing "outputs-x" at <outputs>: map has no entry for key "later"',
    });
  });
});
