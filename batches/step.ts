// A step of a batch spec as it stands in input.json (`batches.Step` of Sourcegraph's lib/batches), and its canonical JSON,
// which enters the cache key.
import type { Environment } from './env/environment.ts';
import { environmentType } from './env/json.ts';
import { field, optional, structOf } from './go/json-struct.ts';
import { anyType, intType, mapOf, namedString, pointerTo, sliceOf, stringType, type GoType } from './go/json-type.ts';
import type { GoValue } from './go/values.ts';

export interface CodingAgent {
  readonly type: string;
  readonly prompt: string;
}

export interface BuildImage {
  readonly run: string;
  readonly baseImage: string;
}

export interface StepOutput {
  readonly value: string;
  /** `text`, `json`, `yaml` or empty. */
  readonly format: string;
}

export interface Mount {
  /** Where the file or folder appears in the step's container. */
  readonly mountpoint: string;
  /** Relative to the workspace files. */
  readonly path: string;
}

export interface Step {
  readonly run: string;
  readonly codingAgent: CodingAgent | null;
  readonly buildImage: BuildImage | null;
  readonly container: string;
  /** The version 3 name of `container`; not folded into it when read, only when written. */
  readonly image: string;
  readonly maxAttempts: number;
  readonly env: Environment;
  readonly files: ReadonlyMap<string, string> | null;
  readonly outputs: ReadonlyMap<string, StepOutput> | null;
  readonly mount: readonly Mount[] | null;
  /** `if`: bool, string, nothing, or whatever else stood there. */
  readonly if: GoValue;
}

const codingAgentType = structOf<CodingAgent>('batches.CodingAgentStep', {
  type: optional('type', namedString('batches.CodingAgentType')),
  prompt: optional('prompt', stringType),
});

const buildImageType = structOf<BuildImage>('batches.BuildImageStep', {
  run: field('run', stringType),
  baseImage: field('baseImage', stringType),
});

const outputType = structOf<StepOutput>('batches.Output', {
  value: optional('value', stringType),
  format: optional('format', stringType),
});

const mountType = structOf<Mount>('batches.Mount', {
  mountpoint: field('mountpoint', stringType),
  path: field('path', stringType),
});

const fieldsType = structOf<Step>('batches.Step', {
  run: optional('run', stringType),
  codingAgent: optional('codingAgent', pointerTo(codingAgentType)),
  buildImage: optional('buildImage', pointerTo(buildImageType)),
  container: optional('container', stringType),
  image: optional('image', stringType),
  maxAttempts: optional('maxAttempts', intType),
  env: field('env', environmentType),
  files: optional('files', mapOf(stringType)),
  outputs: optional('outputs', mapOf(outputType, 'batches.Outputs')),
  mount: optional('mount', sliceOf(mountType)),
  if: optional('if', anyType),
});

export const stepType: GoType<Step> = {
  ...fieldsType,
  encode: (step) =>
    fieldsType.encode({ ...step, container: step.container === '' ? step.image : step.container, image: '' }),
};
