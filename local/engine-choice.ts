// Which engine carries the tasks on this machine: the one that is asked for, else Docker where an engine answers, else
// processes of the host.
import type { LocalExecutorOptions } from './executor.ts';
import { ensureRunnerImage } from './engines/docker/runner-image.ts';
import { openDockerEngine } from './engines/docker/docker-engine.ts';
import type { Engine } from './engines/engine.ts';
import { openProcessEngine } from './engines/process/process-engine.ts';

export interface EngineWanted {
  readonly backend: 'fargate' | 'docker' | 'kubernetes' | 'process' | undefined;
  /** The step-runner as the process engine starts it. */
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
  const { backend } = wanted;
  switch (backend) {
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
      if (docker.kind === 'engine') return docker;
      return onProcesses(wanted);
    }
  }
}

async function onProcesses(wanted: EngineWanted): Promise<EngineChosen> {
  const engine = await openProcessEngine({
    runnerCommand: await wanted.runnerCommand(),
    stateFolder: wanted.stateFolder,
    environment: wanted.environment,
    runnerOutput: 'ignore',
    warn: wanted.say,
  });
  return { kind: 'engine', engine, runnerImage: 'step-runner' };
}

async function onDocker(wanted: EngineWanted): Promise<EngineChosen> {
  const opened = await openDockerEngine({ environment: wanted.environment, warn: wanted.say });
  if (opened.kind === 'unavailable') return refused(opened.message);
  const image =
    wanted.runnerImage === undefined
      ? await ensureRunnerImage(wanted.environment, wanted.say)
      : ({ kind: 'there', image: wanted.runnerImage } as const);
  if (image.kind === 'failed') {
    await opened.engine.close();
    wanted.say(image.message);
    return refused(image.message);
  }
  return { kind: 'engine', engine: opened.engine, runnerImage: image.image, program: opened.engine.program };
}

const refused = (why: string): EngineChosen => ({ kind: 'refused', message: `EXECUTOR_BACKEND: ${why}.` });
