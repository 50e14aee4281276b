// What HEAD of a repository names, read as plain files: git itself would have to trust the repository's settings first.
import path from 'node:path';
import { readWorkspaceFile } from '../workspace-file.ts';

const OBJECT_ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const REFERENCE = /^ref: (refs\/(?:[^/\0-\x20~^:?*[\\\x7f]+\/)*[^/\0-\x20~^:?*[\\\x7f]+)$/;
/** References may name references; git itself stops at this depth (MAXDEPTH). */
const DEPTH_MAX = 5;

/** The commit's ID; undefined when HEAD is unborn or names nothing that could be read. */
export async function headCommit(gitDirectory: string): Promise<string | undefined> {
  let name = 'HEAD';
  for (let depth = 0; depth < DEPTH_MAX; depth++) {
    const text = await readText(gitDirectory, name);
    if (text === undefined) return packedReference(gitDirectory, name);
    const line = text.trimEnd();
    if (OBJECT_ID.test(line)) return line;
    const target = REFERENCE.exec(line)?.[1];
    if (target === undefined || target.split('/').some((part) => part === '.' || part === '..')) return undefined;
    name = target;
  }
  return undefined;
}

async function packedReference(gitDirectory: string, name: string): Promise<string | undefined> {
  const packed = await readText(gitDirectory, 'packed-refs');
  const line = packed
    ?.split('\n')
    .find((candidate) => candidate.endsWith(` ${name}`) && OBJECT_ID.test(candidate.split(' ')[0] ?? ''));
  return line?.split(' ')[0];
}

async function readText(gitDirectory: string, name: string): Promise<string | undefined> {
  const file = path.join(gitDirectory, name);
  const read = await readWorkspaceFile(gitDirectory, file, file);
  return read.kind === 'read' ? Buffer.from(read.bytes).toString('latin1') : undefined;
}
