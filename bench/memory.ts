// Whether the memory of the program, with the processes that carry its step-runners, stays flat over many jobs.
//
// V8 gives a heap more room in steps of tens of MiB before it collects what is old, which looks like growth and is none. With
// a heap that may not grow so, what piles up shows, in the end by the program's death.
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinished } from '#local/sandbox/jobs.ts';
import { stepJob } from '#test/program/world/jobs.ts';
import { World } from '#test/program/world/world.ts';
import type { Measure } from './measure.ts';
import { processTree, residentMiB } from './process-usage.ts';

const SAMPLE_MS = 250;
/** What garbage not yet collected may make of equal memory. */
const GROWTH_MAX = 1.15;
const BOUNDED = { SRC_LOG_LEVEL: 'warn', NODE_OPTIONS: '--max-old-space-size=64' };

export async function memory(jobs: number): Promise<readonly Measure[]> {
  const world = new World({ queues: ['bench'] });
  try {
    await world.instance.start();
    const program = world.program({ queues: ['bench'], jobs: 8, settings: BOUNDED });
    const queued = Array.from({ length: jobs }, () => world.instance.enqueue('bench', stepJob(['echo hello'])));
    /** Highest memory in each quarter of the jobs. */
    const peaks = [0, 0, 0, 0];
    for (let done = 0; done < jobs;) {
      await sleep(SAMPLE_MS);
      done = queued.filter(isFinished).length;
      const quarter = Math.min(3, Math.floor((done * 4) / jobs));
      const resident = processTree(program.pid).reduce((sum, pid) => sum + residentMiB(pid), 0);
      peaks[quarter] = Math.max(peaks[quarter] ?? 0, resident);
    }
    await program.stop();
    const [, second = 0, , last = 0] = peaks;
    return [
      {
        name: `memory over ${jobs} jobs, heap of 64 MiB`,
        value: `${peaks.map((peak) => peak.toFixed(0)).join(', ')} MiB`,
        goal: { text: `last <= ${GROWTH_MAX}x second`, met: last <= second * GROWTH_MAX },
      },
    ];
  } finally {
    await world.close();
  }
}
