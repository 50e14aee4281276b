// Builds an image with this machine's Docker engine, out of a context made for it.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** `options` go to `docker build`; resolves to its exit code. */
export async function buildImage(
  tag: string,
  dockerfile: string,
  options: readonly string[],
  fill: (context: string) => Promise<void>,
): Promise<number> {
  const context = await mkdtemp(path.join(tmpdir(), 'image-'));
  try {
    await fill(context);
    const words = ['build', '--tag', tag, '--file', path.join(import.meta.dirname, '..', dockerfile)];
    return spawnSync('docker', [...words, ...options, context], { stdio: 'inherit' }).status ?? 1;
  } finally {
    await rm(context, { recursive: true });
  }
}
