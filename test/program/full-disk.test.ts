// A disk that is really full: the workspaces are on a file system of a few megabytes. Needs the right to mount one.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { clonedJob, outputOf, stepJob, streamOf } from './world/jobs.ts';
import { finished, World } from './world/world.ts';

const world = new World({ queues: ['tests'] });
mkdirSync(world.stateFolder);
const isMounted = mountSmallDisk(world.stateFolder);

function mountSmallDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

(isMounted ? test : test.skip)(
  'a step that fills the disk ends with what the kernel says, its space is free again, and the next job runs',
  async () => {
    try {
      await world.instance.start();
      const program = world.program({ queues: ['tests'], jobs: 1 });
      const filling = [
        'head -c 40000000 /dev/zero > big',
        'status=$?',
        'echo "head ended with $status"',
        'exit $status',
      ];
      const full = world.instance.enqueue('tests', stepJob(filling));
      const next = world.instance.enqueue('tests', clonedJob(['cat README.md'], world.repository));
      const again = world.instance.enqueue('tests', stepJob(filling));
      await Promise.all([full, next, again].map((job) => finished(job)));
      for (const job of [full, again]) {
        expect([job.state, job.marks, job.failureMessage]).toEqual([
          'errored',
          1,
          'running command "step.docker.test": command failed with exit code 1',
        ]);
        expect(outputOf(job, 'step.docker.test')).toContain('No space left on device');
        expect(outputOf(job, 'step.docker.test')).toContain('head ended with 1');
      }
      expect([next.state, streamOf(next, 'stdout', 'step.docker.test')]).toEqual(['completed', 'hello\n']);
      expect(await program.stop()).toEqual({ code: 0, signal: null });
      expect(await world.problems()).toEqual([]);
    } finally {
      execFileSync('umount', ['--lazy', world.stateFolder]);
      await world.close();
    }
  },
  120_000,
);
