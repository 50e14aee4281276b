// conditions.json: a step's `if` at run time and before it.
import {
  evalStepCondition,
  isStaticBool,
  isStaticString,
  skippedStepsForRepo,
  stepCondition,
  type Static,
} from '#batches/conditions.ts';
import { TemplateError } from '#batches/template/index.ts';
import type { Adapter, Outcome, VectorCase, VectorFile } from './adapter.ts';
import { judge } from './compare.ts';
import { contextOf } from './template-context.ts';
import { textToVector } from './typed.ts';

export const adapter: Adapter = {
  run: (testCase, file) => judge(testCase, outcomeOf(testCase, file)),
};

function outcomeOf(testCase: VectorCase, file: VectorFile): Outcome {
  try {
    return { out: evaluate(testCase, file) };
  } catch (error) {
    if (error instanceof TemplateError) return { error: error.message };
    throw error;
  }
}

function evaluate(testCase: VectorCase, file: VectorFile): unknown {
  const ifValue = testCase.in['if'];
  const condition = stepCondition(ifValue);
  const context = contextOf(testCase, file);
  switch (testCase.in['func']) {
    case 'EvalStepCondition':
      return evalStepCondition(condition, context);
    case 'IsStaticBool':
      return withZero(isStaticBool(condition, context), false);
    case 'IsStaticString': {
      const { static: isStatic, value } = withZero(isStaticString(condition, context), '');
      return { static: isStatic, value: textToVector(value) };
    }
    case 'SkippedStepsForRepo': {
      const repository = { name: context.repository.name, fileMatches: context.repository.fileMatches ?? [] };
      return { skipped: skippedStepsForRepo([ifValue], repository, context.batchChange).has(0) };
    }
    default:
      throw new Error(`unknown function ${String(testCase.in['func'])}`);
  }
}

/** Go gives the zero value beside false. */
function withZero<T>(known: Static<T>, zero: T): { static: boolean; value: T } {
  return known.static ? known : { static: false, value: zero };
}
