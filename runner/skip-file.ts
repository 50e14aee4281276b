// skip.json: by it a `step.N.pre` step of a batches job says that the steps up to another one are to be left out.
import { constants } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';

const SKIP_FILE = 'skip.json';
const SKIP_FILE_BYTES_MAX = 64 * 1024;

const SkipSchema = z.object({ nextStep: z.string() });

export type SkipFile =
  | { readonly kind: 'none' }
  /** Key of the step to go on with; the file has been removed. */
  | { readonly kind: 'skip'; readonly nextStep: string }
  | { readonly kind: 'unreadable'; readonly message: string };

/** A step may have put anything in the file's place: no link is followed, no pipe waited for, and no content repeated. */
export async function takeSkipFile(workspace: string): Promise<SkipFile> {
  const file = path.join(workspace, SKIP_FILE);
  const text = await readSmallFile(file);
  if (text === 'none') return { kind: 'none' };
  await unlink(file);
  if (text === 'unreadable') return { kind: 'unreadable', message: `${SKIP_FILE} is no readable file` };
  try {
    const parsed = z.safeParse(SkipSchema, JSON.parse(text.content));
    if (parsed.success) return { kind: 'skip', nextStep: parsed.data.nextStep };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { kind: 'unreadable', message: `${SKIP_FILE} names no next step` };
}

async function readSmallFile(file: string): Promise<{ readonly content: string } | 'none' | 'unreadable'> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile() || stats.size > SKIP_FILE_BYTES_MAX) return 'unreadable';
      return { content: await handle.readFile('utf8') };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return 'none';
    if (code === undefined) throw error;
    return 'unreadable';
  }
}
