// The step containers of a transcript: host processes, or containers of a Docker engine whose daemon runs on this machine,
// since it must see the same folders.
import path from 'node:path';
import { STEP_ENTRY_POINT } from '#jobs/task-definition.ts';
import { connectDocker, type DockerClient, unlessGone } from '#local/engines/docker/docker-client.ts';
import { openHostContainers } from '#local/engines/process/host-containers.ts';
import { makeTaskFolder, removeFolder, taskFolder } from '#local/engines/process/task-folder.ts';
import { openAgentContainers } from '#runner/agent-container.ts';
import type { StepContainer } from '#runner/step-container.ts';
import { hostPaths, type TaskPaths } from '#runner/task-paths.ts';
import type { AdapterOptions } from '../adapter.ts';

/** The image of a step that names none that is there: a wrong name is the runner's to find, not the engine's. */
const ANY_IMAGE = 'vectors/bash:1';
const START_TIMEOUT_MS = 60_000;

export interface WantedContainer {
  readonly name: string;
  /** As the step names it. */
  readonly image: string;
  /** Absent: the image's own. Host processes are all this program's user. */
  readonly user?: string;
}

export interface StepContainers {
  readonly containers: ReadonlyMap<string, StepContainer>;
  readonly paths: TaskPaths;
  readonly close: () => Promise<void>;
}

/** `repository`: steps see job/repository at /work, as in version 1 jobs. */
export function openStepContainers(
  engine: AdapterOptions['engine'],
  state: string,
  wanted: readonly WantedContainer[],
  repository: boolean,
): Promise<StepContainers> {
  if (engine === 'docker') return openInDocker(state, wanted, repository);
  return openHostContainers(
    state,
    wanted.map(({ name }) => name),
    { environment: process.env, repository },
  );
}

let connection: Promise<DockerClient> | undefined;

/** Rejects when no engine answers; the command line has asked before. */
async function connected(): Promise<DockerClient> {
  const answer = await connectDocker(process.env);
  if (answer.kind === 'unavailable') throw new Error(answer.message);
  return answer.client;
}

async function openInDocker(
  state: string,
  wanted: readonly WantedContainer[],
  repository: boolean,
): Promise<StepContainers> {
  connection ??= connected();
  const client = await connection;
  const names = wanted.map(({ name }) => name);
  const folder = taskFolder(path.join(state, 'task'));
  await makeTaskFolder(folder, names, repository);
  const paths = hostPaths(folder.root, true);
  const binds = [`${folder.job}:${paths.jobInSteps}`];
  if (repository) binds.push(`${path.join(folder.job, 'repository')}:${paths.repositoryInSteps}`);
  const [entry = '', ...rest] = STEP_ENTRY_POINT;
  const made = await Promise.all(
    wanted.map(async ({ name, image, user }) => {
      const container = await client.createContainer({
        Image: (await hasImage(client, image)) ? image : ANY_IMAGE,
        Entrypoint: [entry],
        Cmd: rest,
        ...(user === undefined ? {} : { User: user }),
        HostConfig: {
          NetworkMode: 'none',
          Binds: [...binds, `${folder.control(name)}:${paths.controlInSteps(name)}`],
        },
      });
      await container.start();
      return container;
    }),
  );
  const containers = await openAgentContainers({ paths, names, startTimeoutMs: START_TIMEOUT_MS });
  return {
    containers,
    paths,
    close: async () => {
      for (const container of containers.values()) container.close();
      await Promise.all(made.map((container) => unlessGone(container.remove({ force: true, v: true }))));
      await removeFolder(folder.root);
    },
  };
}

async function hasImage(client: DockerClient, image: string): Promise<boolean> {
  if (!/^[\w./:-]+$/.test(image)) return false;
  const found = await client.listImages({ filters: { reference: [image] } });
  return found.length > 0;
}
