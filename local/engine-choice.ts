// Which engine carries the tasks on this machine: the one that is asked for, else Docker where an engine answers, else
// processes of the host.
import path from 'node:path';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { Settings } from '#settings/parse.ts';
import { registryMirrors } from '#settings/registry-mirrors.ts';
import type { LocalExecutorOptions } from './executor.ts';
import { loginsOfDockerConfig } from './engines/docker/docker-config.ts';
import { type DockerEngine, openDockerEngine } from './engines/docker/docker-engine.ts';
import { type FindLogin, registryLogins } from './engines/docker/registry-logins.ts';
import { ensureRunnerImage } from './engines/docker/runner-image.ts';
import type { Engine } from './engines/engine.ts';
import { openProcessEngine } from './engines/process/process-engine.ts';

export interface EngineWanted {
  readonly settings: Settings;
  /** What carries the step-runners of the process engine, as it starts it. */
  readonly runnerCommand: () => Promise<readonly string[]>;
  /** How this program's own image is the step-runner's; undefined: it has none, and one is made out of the sources. */
  readonly runnerEntryPoint: readonly string[] | undefined;
  readonly stateFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** One line for the user: what takes a while, what could not be had. */
  readonly say: (line: string) => void;
}

export interface RunnerInImage {
  readonly image: string;
  /** @default the image's own */
  readonly entryPoint?: readonly string[];
}

export interface ChosenEngine {
  readonly kind: 'engine';
  readonly engine: Engine;
  /** The step-runner in task definitions. */
  readonly runner: RunnerInImage;
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
  return { kind: 'engine', engine, runner: { image: 'step-runner' } };
}

async function onDocker(wanted: EngineWanted): Promise<EngineChosen> {
  const { settings, environment, say } = wanted;
  const keep = keeps(settings);
  const opened = await openDockerEngine({
    environment,
    findLogin: ownLogins(wanted),
    mirrors: registryMirrors(settings),
    stepMounts: settings.dockerAdditionalMounts ?? [],
    hostGateway: settings.dockerAddHostGateway,
    namePrefix: settings.namePrefix,
    keepWorkspace: (stopped) => (keep(stopped) ? path.join(wanted.stateFolder, 'kept') : undefined),
    warn: say,
    ...(settings.dockerNetwork === undefined ? {} : { network: settings.dockerNetwork }),
  });
  if (opened.kind === 'unavailable') return refused(opened.message);
  const { engine } = opened;
  const runner = await runnerOn(engine, wanted);
  if ('message' in runner) {
    await engine.close();
    say(runner.message);
    return refused(runner.message);
  }
  return { kind: 'engine', engine, runner, program: engine.program };
}

async function runnerOn(
  { ownContainer }: DockerEngine,
  { environment, runnerEntryPoint, say }: EngineWanted,
): Promise<RunnerInImage | { readonly message: string }> {
  if (runnerEntryPoint === undefined) return ensureRunnerImage(environment, say);
  if (ownContainer !== undefined) return { image: ownContainer.image, entryPoint: runnerEntryPoint };
  return {
    message:
      'this program is shipped in an image, which the Docker engine that answers does not run; start the image on that engine, with its socket mounted',
  };
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
