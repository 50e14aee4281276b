// The files that a spec's steps mount, as a user's `src` would upload them to an instance: everything below each mount's
// path, which is relative to the batch spec's folder and may not lead out of it.
import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { MountMetadata } from '#batches/cache-key.ts';
import { compareText } from '#batches/go/text-bytes.ts';
import { GoTime } from '#batches/go/values.ts';
import type { BatchSpec } from '#batches/spec/types.ts';

export interface WorkspaceFile {
  /** Relative to the batch spec's folder, with slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Whole milliseconds since the epoch: part of the cache key. */
  readonly modifiedMs: number;
}

export interface WorkspaceFiles {
  readonly kind: 'files';
  /** Each once. */
  readonly files: readonly WorkspaceFile[];
  /** In the order of the mounts, as the cache key wants them: a file that is mounted twice is there twice. */
  readonly metadata: readonly MountMetadata[];
}

export type ReadWorkspaceFiles = WorkspaceFiles | { readonly kind: 'refused'; readonly message: string };

/** Sourcegraph takes no larger workspace file. */
const BYTES_MAX = 10 * 1024 * 1024;
const BUCKET = 'batch-changes';

/** `folder`: the batch spec's. */
export async function readWorkspaceFiles(spec: BatchSpec, folder: string): Promise<ReadWorkspaceFiles> {
  const root = await realpath(folder);
  const files = new Map<string, WorkspaceFile>();
  const metadata: MountMetadata[] = [];
  for (const mount of (spec.steps ?? []).flatMap((step) => step.mount ?? [])) {
    const found = await filesBelow(root, path.resolve(root, mount.path));
    if (typeof found === 'string') return { kind: 'refused', message: `mount path ${mount.path} ${found}` };
    for (const file of found) {
      files.set(file.path, file);
      const modified = new GoTime(BigInt(file.modifiedMs) * 1_000_000n, null);
      metadata.push({ path: file.path, size: file.bytes.length, modified });
    }
  }
  return { kind: 'files', files: [...files.values()], metadata };
}

/** Or what is wrong with the path, to follow it in a sentence. */
async function filesBelow(root: string, place: string): Promise<readonly WorkspaceFile[] | string> {
  const real = await realpath(place).catch(() => undefined);
  if (real === undefined) return 'does not exist';
  if (real !== root && !real.startsWith(`${root}${path.sep}`)) {
    return 'is not in the same directory or subdirectory as the batch spec';
  }
  const stats = await stat(real);
  if (stats.isDirectory()) {
    const files: WorkspaceFile[] = [];
    for (const name of (await readdir(place)).sort(compareText)) {
      const found = await filesBelow(root, path.join(place, name));
      if (typeof found === 'string') return `holds ${name}, which ${found}`;
      files.push(...found);
    }
    return files;
  }
  if (!stats.isFile()) return 'is neither a file nor a folder';
  if (stats.size > BYTES_MAX) return 'is larger than the 10 MB that Sourcegraph takes';
  const name = path.relative(root, place).split(path.sep).join('/');
  return [{ path: name, bytes: await readFile(real), modifiedMs: Math.floor(stats.mtimeMs) }];
}

/** A job's `files` for them: fetched from the files route, and put where the helper programs look for mounts. */
export function jobFiles({ files }: WorkspaceFiles): Readonly<Record<string, object>> {
  return Object.fromEntries(
    files.map((file) => [
      `workspace-files/${file.path}`,
      { bucket: BUCKET, key: keyOf(file), modifiedAt: new Date(file.modifiedMs).toISOString() },
    ]),
  );
}

/** The files route's bytes by `bucket/key`. */
export function filesRoute({ files }: WorkspaceFiles): (name: string) => Uint8Array | undefined {
  const byName = new Map(files.map((file) => [`${BUCKET}/${keyOf(file)}`, file.bytes]));
  return (name) => byName.get(name);
}

const keyOf = (file: WorkspaceFile): string =>
  `local/${createHash('sha256').update(file.path).digest('hex').slice(0, 20)}`;
