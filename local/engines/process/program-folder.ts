// One folder for each run of the program, named after its process, so that a successor can tell a dead predecessor's
// folder from a living neighbour's: `<pid>-<start time>-<random>`. Its name marks the program's processes, too.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { startOfProcess } from '#local/engines/this-process.ts';
import { killMarked } from '#runner/agent-host-processes.ts';
import { removeFolder } from './task-folder.ts';

export interface ProgramFolder {
  /** Begins every process marker of this program. */
  readonly name: string;
  readonly path: string;
  /** The part of the name that no other run has. */
  readonly random: string;
}

export async function makeProgramFolder(stateFolder: string): Promise<ProgramFolder> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const random = randomBytes(4).toString('hex');
  const name = `${process.pid}-${startOfProcess(process.pid) ?? '0'}-${random}`;
  const folder = path.join(await realpath(stateFolder), name);
  await mkdir(folder, { mode: 0o700 });
  return { name, path: folder, random };
}

/** Kills and removes what dead programs have left; resolves to the number of their tasks. */
export async function removeDeadPrograms(stateFolder: string): Promise<number> {
  let tasks = 0;
  for (const name of await readdir(stateFolder)) {
    const [, pid, start] = /^(\d+)-(\w+)-[0-9a-f]{8}$/.exec(name) ?? [];
    if (pid === undefined || startOfProcess(Number(pid)) === start) continue;
    await killMarked(name);
    const folder = path.join(stateFolder, name);
    tasks += (await readdir(folder)).length;
    await removeFolder(folder);
  }
  return tasks;
}
