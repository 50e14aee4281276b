// templates.json: step templates, maps of templates, changeset fields, containers and the dry run over a batch spec.
import {
  containsTemplateAction,
  renderChangesetTemplateField,
  renderStepContainer,
  renderStepMap,
  renderStepTemplate,
  TemplateError,
  validateBatchSpecTemplate,
} from '#batches/template/index.ts';
import type { Adapter, Outcome, VectorCase, VectorFile } from './adapter.ts';
import { judge } from './compare.ts';
import { contextOf } from './template-context.ts';
import { textOf, textToVector } from './typed.ts';

export const adapter: Adapter = {
  run: (testCase, file) => judge(testCase, outcomeOf(testCase, file)),
};

function outcomeOf(testCase: VectorCase, file: VectorFile): Outcome {
  try {
    return { out: render(testCase, file) };
  } catch (error) {
    if (error instanceof TemplateError) return { error: error.message };
    throw error;
  }
}

function render(testCase: VectorCase, file: VectorFile): unknown {
  const name = String(testCase.in['name']);
  const template = textOf(testCase.in['template'] ?? '');
  switch (testCase.in['func']) {
    case 'RenderStepTemplate':
      return textToVector(renderStepTemplate(name, template, contextOf(testCase, file)));
    case 'RenderStepMap': {
      const map = new Map(Object.entries(testCase.in['map'] as Record<string, string>));
      const rendered = renderStepMap(map, contextOf(testCase, file));
      return Object.fromEntries([...rendered].map(([key, text]) => [key, textToVector(text)]));
    }
    case 'RenderChangesetTemplateField':
      return textToVector(renderChangesetTemplateField(name, template, contextOf(testCase, file)));
    case 'ValidateBatchSpecTemplate':
      validateBatchSpecTemplate(template);
      return true;
    case 'ContainsTemplateAction':
      return containsTemplateAction(template);
    case 'renderStepContainer':
      return textToVector(renderStepContainer(template, contextOf(testCase, file)));
    default:
      throw new Error(`unknown function ${String(testCase.in['func'])}`);
  }
}
