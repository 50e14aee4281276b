// A batch spec from its YAML or JSON text, or everything that is wrong with it, in the words of the reference
// (`ParseBatchSpec` of Sourcegraph's lib/batches) and with the places in the text.
import { encoded, goJson } from '../go/json-encode.ts';
import { unmarshal } from '../go/json-type.ts';
import { parseJson } from '../go/json-parse.ts';
import type { GoValue } from '../go/values.ts';
import { outerVariables } from '../env/environment.ts';
import { errorsText } from '../errors-text.ts';
import { decodeYaml, type YamlOutcome, type YamlPlace } from '../yaml/index.ts';
import { checkBatchSpec, type SpecProblem } from './checks.ts';
import { batchSpecType } from './json.ts';
import { jsonable } from './jsonable.ts';
import { BATCH_SPEC_SCHEMA } from './schema.ts';
import { validateJson } from './schema-validator.ts';
import type { BatchSpec } from './types.ts';

export interface PlacedProblem {
  readonly message: string;
  /** null where there is no place for what is missing. */
  readonly place: YamlPlace | null;
}

export type ParsedBatchSpec =
  | { readonly kind: 'spec'; readonly spec: BatchSpec }
  | {
      readonly kind: 'invalid';
      /** The reference's text, over all problems. */
      readonly message: string;
      readonly problems: readonly PlacedProblem[];
    };

const NAME_PROBLEM =
  'The batch change name can only contain word characters, dots and dashes. No whitespace or newlines allowed.';

export function parseBatchSpec(text: string): ParsedBatchSpec {
  const yaml = decodeYaml(text);
  if (yaml.kind === 'error') return notNormalized(yaml.message, yaml.place);
  const json = normalizedJson(yaml.kind === 'empty' ? null : yaml.value);
  if (json.kind === 'error') return notNormalized(json.message, null);
  const spec = unmarshal(batchSpecType, json.text);
  const problems: SpecProblem[] = schemaProblems(json.text);
  if (spec.kind === 'error') problems.push({ message: spec.message, path: null });
  if (problems.length > 0 || spec.kind === 'error') return invalid(problems, yaml);
  const whole = spec.value.version === 3 ? withImagesAsContainers(spec.value) : spec.value;
  const further = checkBatchSpec(whole);
  return further.length > 0 ? invalid(further, yaml) : { kind: 'spec', spec: whole };
}

/** `json.Marshal` of a parsed spec. */
export function batchSpecJson(spec: BatchSpec): string {
  const json = encoded(() => batchSpecType.encode(spec));
  // A spec comes from JSON, so JSON can carry it.
  if (json.kind === 'error') throw new Error(json.message);
  return json.text;
}

/** Names that the steps take from the environment outside, each once, in the order of the steps. */
export function requiredEnvironment(spec: BatchSpec): string[] {
  return [...new Set((spec.steps ?? []).flatMap((step) => outerVariables(step.env)))];
}

type NormalizedJson =
  { readonly kind: 'json'; readonly text: string } | { readonly kind: 'error'; readonly message: string };

function normalizedJson(value: GoValue): NormalizedJson {
  const converted = jsonable(value);
  if (converted.kind === 'error') return converted;
  const json = goJson(converted.value);
  return json.kind === 'error' ? json : { kind: 'json', text: json.text };
}

function schemaProblems(json: string): SpecProblem[] {
  const parsed = parseJson(json, 'whole');
  // It was written a moment ago.
  if (parsed.kind === 'error') throw new Error(parsed.message);
  return validateJson(BATCH_SPEC_SCHEMA, parsed.node).map(({ message, path }) => ({
    message: message.includes('name: Does not match pattern') ? NAME_PROBLEM : message,
    path,
  }));
}

/** Version 3 says `image`; everything after the parsing reads `container`. Hooks are left as they are. */
function withImagesAsContainers(spec: BatchSpec): BatchSpec {
  return { ...spec, steps: spec.steps?.map((step) => ({ ...step, container: step.image })) ?? null };
}

function notNormalized(message: string, place: YamlPlace | null): ParsedBatchSpec {
  const whole = `failed to normalize JSON: ${message}`;
  return { kind: 'invalid', message: whole, problems: [{ message: whole, place }] };
}

function invalid(problems: readonly SpecProblem[], yaml: YamlOutcome): ParsedBatchSpec {
  return {
    kind: 'invalid',
    message: errorsText(problems.map((problem) => problem.message)),
    problems: problems.map(({ message, path }) => ({
      message,
      place: path !== null && yaml.kind === 'value' ? yaml.placeOf(path) : null,
    })),
  };
}
