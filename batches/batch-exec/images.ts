// The images of a version 1 job: those known at the start, which are made ready before anything else, and the one of a
// step whose name is a template over what earlier steps left.
import { isStaticString } from '../conditions.ts';
import { quote } from '../go/quote.ts';
import { rendered, type Rendered } from '../rendered.ts';
import type { BatchChangeAttributes, StepContext } from '../step-context.ts';
import { NO_CHANGES, NO_STEP_RESULT } from '../step-result.ts';
import type { Step } from '../step.ts';
import { renderStepContainer, renderStepTemplate, TemplateError } from '../template/index.ts';
import { imageReferenceProblem } from './image-reference.ts';

export type StaticImages =
  | { readonly kind: 'images'; readonly images: readonly string[] }
  /** A template that cannot be parsed: Go's text. */
  | { readonly kind: 'error'; readonly message: string };

/** Each once, in the order of the steps; steps that will be skipped count too. */
export function staticImages(steps: readonly Step[]): StaticImages {
  const images = new Set<string>();
  try {
    for (const { container } of steps) {
      const image = constantOf(container);
      if (image !== undefined) images.add(image);
    }
  } catch (error) {
    if (error instanceof TemplateError) return { kind: 'error', message: error.message };
    throw error;
  }
  return { kind: 'images', images: [...images] };
}

/** A name that the repository or the batch change decides is not known yet, so it must be the same for any two of them. */
function constantOf(container: string): string | undefined {
  const [one, other] = ['a', 'b'].map((name) => isStaticString(container, contextNamed(name)));
  return one?.static === true && other?.static === true && one.value === other.value ? one.value : undefined;
}

/**
 * The image of a step as far as it is known before the job starts: a constant, or made of the names of the repository and
 * the batch change. undefined: it takes what earlier steps leave. Throws TemplateError for a template that cannot be parsed.
 */
export function imageKnownAtStart(
  container: string,
  repository: string,
  batchChange: BatchChangeAttributes,
): string | undefined {
  const context = { ...contextNamed(''), repository: { name: repository, branch: '', fileMatches: null }, batchChange };
  const known = isStaticString(container, context);
  if (!known.static) return undefined;
  // Evaluation ahead of time has quirks; what counts is what the step will really ask for.
  return known.value === renderStepTemplate('step-container', container, context) ? known.value : undefined;
}

function contextNamed(name: string): StepContext {
  return {
    batchChange: { name, description: name },
    repository: { name, branch: name, fileMatches: null },
    outputs: null,
    previousStep: NO_STEP_RESULT,
    step: NO_STEP_RESULT,
    steps: { changes: NO_CHANGES, path: name },
  };
}

/** What docker would say, undefined for an image that it would pull. */
export function pullProblem(image: string): string | undefined {
  const problem = imageReferenceProblem(image);
  if (problem === undefined) return undefined;
  return `pulling image ${quote(image)}: failed to pull image: ${problem}\ndocker pull exited with code 1`;
}

/** The image of a step that is about to run. `stepIndex` counts from 0. */
export function imageOfStep(step: Step, stepIndex: number, context: StepContext): Rendered<string> {
  return rendered(`failed to resolve image for step ${stepIndex + 1}`, () =>
    renderStepContainer(step.container, context),
  );
}
