import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { classifyStop } from '#jobs/stop-reasons.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import { openProcessEngine } from '#local/engines/process/process-engine.ts';
import { describeEngine, processesWith } from '../../../contracts/engine.ts';
import { SCRIPTED_RUNNERS, scriptedTask } from '../../../contracts/scripted-task.ts';
import { canIsolate } from '../../../runner/step-agent/started-agent.ts';

const ORPHAN_PROGRAM = fileURLToPath(new URL('./orphan-program.ts', import.meta.url));

function describeProcessEngine(name: string, isolation: 'where-possible' | 'never'): void {
  describeEngine(name, async () => {
    const stateFolder = mkdtempSync(path.join(tmpdir(), 'process-engine-'));
    const engine = await openProcessEngine({
      runnerCommand: SCRIPTED_RUNNERS,
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

const ways = [...(canIsolate ? ['where-possible' as const] : []), 'never' as const];

test.each(ways)(
  'tasks whose step-runners were lost are lost, and nothing of them runs (isolation %s)',
  async (isolation) => {
    const stateFolder = mkdtempSync(path.join(tmpdir(), 'process-engine-'));
    const engine = await openProcessEngine({
      runnerCommand: SCRIPTED_RUNNERS,
      stateFolder,
      environment: process.env,
      isolation,
      runnerOutput: 'ignore',
    });
    const stops: TaskStopped[] = [];
    engine.onStopped((stopped) => stops.push(stopped));
    const start = (startedBy: string, runner: string): Promise<unknown> =>
      engine.start({ ...scriptedTask({ runner, steps: ['sleep 1008.125'] }, ''), startedBy });
    await start('neighbour', 'setsid sleep 1008.125');
    while (processesWith('1008.125').length < 2) await sleep(10);
    await start('deadly', 'kill -9 $PPID; sleep 1008.125');
    while (stops.length < 2) await sleep(10);
    expect(processesWith('1008.125')).toEqual([]);
    for (const { stopCode = '', stoppedReason } of stops) {
      expect(stoppedReason).toMatch(/the process that carried the step-runner was lost: it ended with SIGKILL$/);
      expect(classifyStop(stopCode, stoppedReason, []).class).toBe('infrastructure');
    }
    await start('next', 'exit 10');
    while (stops.length < 3) await sleep(10);
    expect(stops[2]?.containers[0]).toEqual({ name: 'step-runner', exitCode: 10 });
    await engine.close();
    rmSync(stateFolder, { recursive: true });
  },
);
