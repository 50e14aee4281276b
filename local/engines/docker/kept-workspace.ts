// A workspace that outlives its task, for whoever wants to look into it.
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { JOB_PATH, RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { DockerClient } from './docker-client.ts';

/** Writes `folder/task.tar`, made when missing and readable by this program's user alone; the task's containers must be there still. */
export async function keepWorkspace(client: DockerClient, task: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const archive = await client.getContainer(`${task}-${RUNNER_CONTAINER}`).getArchive({ path: JOB_PATH });
  await pipeline(archive, createWriteStream(path.join(folder, `${task}.tar`), { mode: 0o600 }));
}
