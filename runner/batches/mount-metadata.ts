// Size and time of the files that steps mount, for the cache key. Folders are read through, in the order of Go's
// os.ReadDir. Sourcegraph's cmd/batcheshelper/run/post.go and src-cli's internal/batches/executor.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { MountMetadata } from '#batches/cache-key.ts';
import { compareText } from '#batches/go/text-bytes.ts';
import { GoTime } from '#batches/go/values.ts';
import type { Step } from '#batches/step.ts';
import type { TaskPaths } from '../task-paths.ts';
import { errnoOf } from './go-error-text.ts';
import { pathInRunner } from './seen-paths.ts';
import { isInside } from './workspace-file.ts';

export type Metadata =
  | { readonly kind: 'metadata'; readonly mounts: readonly MountMetadata[] }
  | { readonly kind: 'error'; readonly message: string };

/** `folder` is where the mounts' paths start, as the job names it. */
export async function mountMetadata(paths: TaskPaths, folder: string, steps: readonly Step[]): Promise<Metadata> {
  const base = pathInRunner(paths, folder);
  const mounts: MountMetadata[] = [];
  for (const mount of steps.flatMap((step) => step.mount ?? [])) {
    const file = path.posix.isAbsolute(mount.path)
      ? pathInRunner(paths, mount.path)
      : path.posix.join(base, mount.path);
    const found = await metadataOf(base, file);
    if (found === 'missing') return { kind: 'error', message: `path ${mount.path} does not exist` };
    mounts.push(...found);
  }
  return { kind: 'metadata', mounts };
}

async function metadataOf(base: string, file: string): Promise<readonly MountMetadata[] | 'missing'> {
  try {
    // A link that a step has made must not tell it of the step-runner's own files.
    if (!(await isInside(base, file))) return 'missing';
    const stats = await stat(file, { bigint: true });
    if (!stats.isDirectory()) {
      const modified = new GoTime(stats.mtimeNs, null);
      return [{ path: path.posix.relative(base, file), size: Number(stats.size), modified }];
    }
    const names = (await readdir(file)).sort(compareText);
    const inside = await Promise.all(names.map((name) => metadataOf(base, path.posix.join(file, name))));
    return inside.flatMap((found) => (found === 'missing' ? [] : found));
  } catch (error) {
    errnoOf(error);
    return 'missing';
  }
}
