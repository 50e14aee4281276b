// cachekeys.json: input.json and environment to the hashed JSON text and the key.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  cacheKeyOfHelper,
  cacheKeyOfSrc,
  ensureRefPrefix,
  type CacheKey,
  type MountMetadata,
} from '#batches/cache-key.ts';
import { parseTime, RFC3339 } from '#batches/go/time-parse.ts';
import type { GoTime } from '#batches/go/values.ts';
import { parseExecutionInput, type WorkspacesExecutionInput } from '#batches/input.ts';
import type { Adapter, Outcome, VectorCase } from './adapter.ts';
import { judge } from './compare.ts';
import { textOf } from './typed.ts';

interface FileOfMounts {
  readonly path: string;
  readonly size: number;
  readonly modified: string;
}

export const adapter: Adapter = { run: (testCase) => judge(testCase, outcomeOf(testCase)) };

function outcomeOf({ in: input }: VectorCase): Outcome {
  const parsed = parseExecutionInput(textOf(input['inputText']));
  if (parsed.kind === 'error') return { error: parsed.message };
  const stepIndex = Number(input['stepIndex']);
  const environment = (input['env'] as unknown[]).map(textOf);
  if (input['mode'] === 'KeyForWorkspace') {
    const branch = { ...parsed.value.branch, name: ensureRefPrefix(parsed.value.branch.name) };
    const given = (input['mountMetadata'] ?? null) as { Path: string; Size: number; Modified: string }[] | null;
    const mounts =
      given?.map(({ Path, Size, Modified }) => ({ path: Path, size: Size, modified: timeOf(Modified) })) ?? null;
    return outcomeOfKey(cacheKeyOfHelper({ ...parsed.value, branch }, stepIndex, environment, mounts));
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'cachekeys-'));
  try {
    const mounts = mountsOnDisk(folder, (input['mountsDir'] ?? []) as FileOfMounts[], parsed.value);
    if (typeof mounts === 'string') return { error: mounts };
    return outcomeOfKey(cacheKeyOfSrc(parsed.value, stepIndex, environment, mounts));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function outcomeOfKey(key: CacheKey): Outcome {
  return key.kind === 'error' ? { error: key.message } : { out: { json: key.json, key: key.key } };
}

function timeOf(text: string): GoTime {
  const parsed = parseTime(RFC3339, text);
  if (parsed.kind === 'error') throw new Error(parsed.message);
  return parsed.time;
}

/** Looks the mounts up as src does; a text is its error. */
function mountsOnDisk(
  folder: string,
  files: readonly FileOfMounts[],
  input: WorkspacesExecutionInput,
): MountMetadata[] | string {
  // Node cannot set nanoseconds: the files exist with their size, and the exact time comes from the case.
  const times = new Map<string, GoTime>();
  for (const file of files) {
    const place = path.join(folder, file.path);
    const modified = timeOf(file.modified);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, Buffer.alloc(file.size));
    utimesSync(place, 0, Number(modified.nanos / 1_000_000n) / 1000);
    times.set(path.normalize(file.path), modified);
  }
  const found: MountMetadata[] = [];
  const visit = (place: string): void => {
    const info = statSync(place);
    if (info.isDirectory()) {
      for (const name of readdirSync(place).sort()) visit(path.join(place, name));
      return;
    }
    const relative = path.relative(folder, place);
    const modified = times.get(relative);
    if (modified === undefined) throw new Error(`${relative} is no file of the case`);
    found.push({ path: relative, size: info.size, modified });
  };
  for (const mount of (input.steps ?? []).flatMap((step) => step.mount ?? [])) {
    const place = path.join(folder, mount.path);
    if (statSync(place, { throwIfNoEntry: false }) === undefined) return `path ${mount.path} does not exist`;
    visit(place);
  }
  return found;
}
