// A context for the tests of the template engine.
import { GoAnyMap, GoInt, GoTime, GoUint64, type GoValue } from '#batches/go/values.ts';
import type { StepContext } from '#batches/step-context.ts';
import { NO_CHANGES, NO_STEP_RESULT } from '#batches/step-result.ts';
import { renderStepTemplate, TemplateError } from '#batches/template/index.ts';

export const CONTEXT: StepContext = {
  batchChange: { name: 'hello', description: '' },
  repository: { name: 'github.com/a/b', branch: 'main', fileMatches: ['z.go', 'a.go'] },
  outputs: new Map<string, GoValue>([
    ['text', 'héllo'],
    ['int', new GoInt(42)],
    ['max', new GoUint64((1n << 64n) - 1n)],
    ['float', 2.5],
    ['nil', null],
    ['list', ['b', new GoInt(2), null]],
    ['map', new Map([['k', 'v']])],
    [
      'any',
      new GoAnyMap([
        [new GoInt(7), 'seven'],
        ['s', 'string'],
        [true, 'yes'],
      ]),
    ],
    ['time', new GoTime(1_577_934_245_000_000_000n, null)],
  ]),
  previousStep: { ...NO_STEP_RESULT, stdout: 'out', diff: Uint8Array.of(97, 98) },
  step: NO_STEP_RESULT,
  steps: { changes: { ...NO_CHANGES, modified: ['m.go'] }, path: '' },
};

/** The rendered text, or the message of the TemplateError; anything else that is thrown passes on. */
export function rendered(text: string, context: StepContext = CONTEXT): string {
  try {
    return renderStepTemplate('t', text, context);
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}
