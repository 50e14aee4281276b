// Which engine carries the tasks on this machine: the one that is asked for, else Docker where an engine answers, else
// processes of the host.
import path from 'node:path';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { Settings } from '#settings/parse.ts';
import type { LocalExecutorOptions } from './executor.ts';
import { loginsOfDockerConfig } from './engines/docker/docker-config.ts';
import { openDockerEngine } from './engines/docker/docker-engine.ts';
import { type FindLogin, registryLogins } from './engines/docker/registry-logins.ts';
import { ensureRunnerImage } from './engines/docker/runner-image.ts';
import type { Engine } from './engines/engine.ts';
import { openProcessEngine } from './engines/process/process-engine.ts';

export interface EngineWanted {
  readonly settings: Settings;
  /** What carries the step-runners of the process engine, as it starts it. */
  readonly runnerCommand: () => Promise<readonly string[]>;
  /** An image of the step-runner for the Docker engine; made out of the sources unless given. */
  readonly runnerImage?: string;
  readonly stateFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** One line for the user: what takes a while, what could not be had. */
  readonly say: (line: string) => void;
}

export interface ChosenEngine {
  readonly kind: 'engine';
  readonly engine: Engine;
  /** The image of the step-runner in task definitions. */
  readonly runnerImage: string;
  /** Where this program must listen for its tasks, when not on loopback. */
  readonly program?: NonNullable<LocalExecutorOptions['payloadHost']>;
}

export type EngineChosen = ChosenEngine | { readonly kind: 'refused'; readonly message: string };

export async function chooseEngine(wanted: EngineWanted): Promise<EngineChosen> {
  switch (wanted.settings.backend) {
    case 'fargate':
      return refused('fargate runs on AWS only: deploy the stack; on one machine use docker or process');
    case 'kubernetes':
      return refused('this version has no kubernetes engine; use docker or process');
    case 'process':
      return onProcesses(wanted);
    case 'docker':
      return onDocker(wanted);
    case undefined: {
      const docker = await onDocker(wanted);
      return docker.kind === 'engine' ? docker : onProcesses(wanted);
    }
  }
}

async function onProcesses(wanted: EngineWanted): Promise<EngineChosen> {
  const engine = await openProcessEngine({
    runnerCommand: await wanted.runnerCommand(),
    stateFolder: wanted.stateFolder,
    environment: wanted.environment,
    runnerOutput: 'ignore',
    keepFolder: keeps(wanted.settings),
    warn: wanted.say,
  });
  return { kind: 'engine', engine, runnerImage: 'step-runner' };
}

async function onDocker(wanted: EngineWanted): Promise<EngineChosen> {
  const { settings, environment, say } = wanted;
  const keep = keeps(settings);
  const opened = await openDockerEngine({
    environment,
    findLogin: ownLogins(wanted),
    mirrors: (settings.registryMirrorUrls ?? []).map((url) => url.replace(/^https?:\/\//, '')),
    stepMounts: settings.dockerAdditionalMounts ?? [],
    hostGateway: settings.dockerAddHostGateway,
    namePrefix: settings.namePrefix,
    keepWorkspace: (stopped) => (keep(stopped) ? path.join(wanted.stateFolder, 'kept') : undefined),
    warn: say,
    ...(settings.dockerNetwork === undefined ? {} : { network: settings.dockerNetwork }),
  });
  if (opened.kind === 'unavailable') return refused(opened.message);
  const image =
    wanted.runnerImage === undefined
      ? await ensureRunnerImage(environment, say)
      : ({ kind: 'there', image: wanted.runnerImage } as const);
  if (image.kind === 'failed') {
    await opened.engine.close();
    say(image.message);
    return refused(image.message);
  }
  return { kind: 'engine', engine: opened.engine, runnerImage: image.image, program: opened.engine.program };
}

/** EXECUTOR_DOCKER_AUTH_CONFIG as a whole where it is set, else what `docker login` left on this machine. */
function ownLogins({ settings, environment, say }: EngineWanted): FindLogin {
  if (settings.dockerAuthConfig === undefined) return loginsOfDockerConfig(environment, say);
  const logins = registryLogins(settings.dockerAuthConfig.auths);
  if (logins.kind === 'unreadable') throw new Error(`the login of ${logins.registry} was read before`);
  return logins.find;
}

/** Whether EXECUTOR_KEEP_WORKSPACES keeps the workspace of such a task. */
function keeps({ keepWorkspaces }: Settings): (stopped: TaskStopped) => boolean {
  return ({ containers }) => {
    if (keepWorkspaces !== 'failed') return keepWorkspaces === 'always';
    return containers.find(({ name }) => name === RUNNER_CONTAINER)?.exitCode !== 0;
  };
}

const refused = (why: string): EngineChosen => ({ kind: 'refused', message: `EXECUTOR_BACKEND: ${why}.` });
