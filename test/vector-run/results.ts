// AfterStepResults as gojson.json and v1.json write them: the fields beside each other, lists left out where they are nil.
import type { AfterStepResult } from '#batches/step-result.ts';
import type { GoValue } from '#batches/go/values.ts';
import { bytesOf, textOf, valueOf } from './typed.ts';

type Fields = Readonly<Record<string, unknown>>;

export function resultOf(fields: Fields): AfterStepResult {
  return {
    version: Number(fields['version'] ?? 0),
    changedFiles: {
      modified: pathsOf(fields['modified']),
      added: pathsOf(fields['added']),
      deleted: pathsOf(fields['deleted']),
      renamed: pathsOf(fields['renamed']),
    },
    stdout: textOrEmpty(fields['stdout']),
    stderr: textOrEmpty(fields['stderr']),
    stepIndex: Number(fields['stepIndex'] ?? 0),
    diff: bytesOrNull(fields['diff']),
    outputs: mapOrNull(fields['outputs']),
    skipped: fields['skipped'] === true,
  };
}

function pathsOf(json: unknown): string[] | null {
  return Array.isArray(json) ? json.map(textOf) : null;
}

export function textOrEmpty(json: unknown): string {
  return json === undefined || json === null ? '' : textOf(json);
}

export function bytesOrNull(json: unknown): Uint8Array | null {
  return json === undefined || json === null ? null : bytesOf(json);
}

export function mapOrNull(json: unknown): ReadonlyMap<string, GoValue> | null {
  const value = json === undefined ? null : valueOf(json);
  return value instanceof Map ? (value as ReadonlyMap<string, GoValue>) : null;
}

/** A map of texts, like a step's resolved environment. */
export function textsOf(json: unknown): ReadonlyMap<string, string> | null {
  if (json === undefined || json === null) return null;
  return new Map(Object.entries(json).map(([name, value]) => [name, textOf(value)]));
}
