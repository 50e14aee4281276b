// Which engine carries the tasks on this machine: the one that is asked for, else Docker where an engine answers, else
// processes of the host.
import type { Engine } from './engines/engine.ts';
import { openProcessEngine } from './engines/process/process-engine.ts';

export interface EngineWanted {
  readonly backend: 'fargate' | 'docker' | 'kubernetes' | 'process' | undefined;
  readonly runnerCommand: readonly string[];
  readonly stateFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly warn: (message: string) => void;
}

export type EngineChosen =
  { readonly kind: 'engine'; readonly engine: Engine } | { readonly kind: 'refused'; readonly message: string };

export async function chooseEngine(wanted: EngineWanted): Promise<EngineChosen> {
  const { backend } = wanted;
  switch (backend) {
    case 'fargate':
      return refused('fargate runs on AWS only: deploy the stack; on one machine use process');
    case 'docker':
    case 'kubernetes':
      return refused(`this version has no ${backend} engine on one machine; use process`);
    case 'process':
    case undefined:
      return { kind: 'engine', engine: await openProcessEngine({ ...wanted, runnerOutput: 'ignore' }) };
  }
}

const refused = (why: string): EngineChosen => ({ kind: 'refused', message: `EXECUTOR_BACKEND: ${why}.` });
