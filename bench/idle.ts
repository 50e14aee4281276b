// What the program costs while there is nothing to do.
import { setTimeout as sleep } from 'node:timers/promises';
import { until, World } from '#test/program/world/world.ts';
import type { Measure } from './measure.ts';
import { cpuSecondsOfTree, residentMiB } from './process-usage.ts';

const WARM_UP_MS = 5_000;
const MEASURED_MS = 20_000;
const CORE_SHARE_MAX = 0.01;

export async function idle(): Promise<readonly Measure[]> {
  const world = new World({ queues: ['bench'] });
  try {
    await world.instance.start();
    // The default pace of polls, which the harness shortens for tests.
    const program = world.program({
      queues: ['bench'],
      jobs: 8,
      settings: { EXECUTOR_QUEUE_POLL_INTERVAL: '1s' },
    });
    await until('the start', () => program.output.includes('listening for jobs'), 60_000);
    await sleep(WARM_UP_MS);
    const before = { cpu: cpuSecondsOfTree(program.pid), at: performance.now() };
    await sleep(MEASURED_MS);
    const share = ((cpuSecondsOfTree(program.pid) - before.cpu) * 1000) / (performance.now() - before.at);
    const memory = residentMiB(program.pid);
    await program.stop();
    return [
      {
        name: 'idle: share of a core',
        value: `${(share * 100).toFixed(2)} %`,
        goal: { text: '< 1 %', met: share < CORE_SHARE_MAX },
      },
      { name: 'idle: memory', value: `${memory.toFixed(0)} MiB` },
    ];
  } finally {
    await world.close();
  }
}
