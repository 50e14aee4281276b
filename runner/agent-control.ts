// A step container's control volume as the step-runner makes it: the agent, and the pipes it listens and answers on.
// The step-runner makes all of it: in an empty volume a container whose image is not root could make nothing.
import { execFile } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { lstat, mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The bundled step-runner keeps the agent at the same place beside it. */
export const AGENT_FILE = fileURLToPath(new URL('./step-agent/agent.sh', import.meta.url));

/** `command` is made last: an agent that sees it may start. */
const PIPES = ['status', 'stdout', 'stderr', 'command'] as const;
export type AgentPipe = (typeof PIPES)[number];

/**
 * Makes the control volumes ready for their containers, all with one `mkfifo`. What an engine has prepared already is
 * left as it is. Resolves to why those could not be made ready that are not: a hostile image's own /bin/sh can have been
 * there first, or an installation is without use (no `mkfifo`, no space).
 */
export async function prepareControls(controls: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const problems = new Map<string, string>();
  const missing: string[] = [];
  for (const control of controls) {
    try {
      await mkdir(control, { recursive: true });
      if (await isPipe(path.join(control, 'command'))) continue;
      await writeNew(path.join(control, 'agent.sh'), await readFile(AGENT_FILE));
      missing.push(control);
    } catch (error) {
      problems.set(control, textOf(error));
    }
  }
  if (missing.length === 0 || (await makePipes(missing)) === undefined) return problems;
  // One of them is to blame: which?
  for (const control of missing) {
    const problem = (await isPipe(path.join(control, 'command'))) ? undefined : await makePipes([control]);
    if (problem !== undefined) problems.set(control, problem);
  }
  return problems;
}

/** Resolves to why they are not all made, undefined when they are. */
async function makePipes(controls: readonly string[]): Promise<string | undefined> {
  const pipes = controls.flatMap((control) => PIPES.map((name) => path.join(control, name)));
  try {
    // -m, since the umask would take the containers' right to write: their user may be anyone.
    await promisify(execFile)('mkfifo', ['-m', '666', ...pipes]);
    return undefined;
  } catch (error) {
    return textOf(error);
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message.trim() : String(error));

/**
 * Writes a file that its container may read. A hostile image's own /bin/sh can be there before us: `wx` follows no
 * symbolic link, and the handle stays with the file that was made.
 */
export async function writeNew(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o644);
  try {
    await handle.chmod(0o644); // whatever the umask
    await handle.writeFile(bytes);
  } finally {
    await handle.close();
  }
}

/** Opens a pipe without waiting for the other side. Throws when something else stands in its place. */
export function openPipe(control: string, name: AgentPipe, access: 'read' | 'write'): number {
  // For both ways at once, a writer's open waits for nobody, and what it writes waits for an agent that comes later.
  const flags = access === 'read' ? constants.O_RDONLY : constants.O_RDWR;
  const fd = openSync(path.join(control, name), flags | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  throw new Error(`${name} of the control volume ${control} is no pipe`);
}

async function isPipe(file: string): Promise<boolean> {
  try {
    return (await lstat(file)).isFIFO();
  } catch {
    return false;
  }
}
