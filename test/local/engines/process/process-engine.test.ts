import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { openProcessEngine } from '#local/engines/process/process-engine.ts';
import { describeEngine, processesWith } from '../../../contracts/engine.ts';
import { SCRIPTED_RUNNER } from '../../../contracts/scripted-task.ts';
import { canIsolate } from '../../../runner/step-agent/started-agent.ts';

const ORPHAN_PROGRAM = fileURLToPath(new URL('./orphan-program.ts', import.meta.url));

function describeProcessEngine(name: string, isolation: 'where-possible' | 'never'): void {
  describeEngine(name, async () => {
    const stateFolder = mkdtempSync(path.join(tmpdir(), 'process-engine-'));
    const engine = await openProcessEngine({
      runnerCommand: SCRIPTED_RUNNER,
      stateFolder,
      environment: process.env,
      isolation,
      runnerOutput: 'ignore',
    });
    return {
      engine,
      image: '',
      orphan: async (argument) => {
        const program = spawn(process.execPath, [ORPHAN_PROGRAM, stateFolder, isolation, argument]);
        while (processesWith(argument).length < 4) await sleep(20);
        program.kill('SIGKILL');
        while (program.signalCode === null) await sleep(5);
      },
      close: async () => {
        await engine.close();
        rmSync(stateFolder, { recursive: true });
      },
    };
  });
}

if (canIsolate) describeProcessEngine('process engine with namespaces', 'where-possible');
describeProcessEngine('process engine without namespaces', 'never');
