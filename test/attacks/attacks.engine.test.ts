// What hostile steps and images try in real containers of real jobs, and how it ends; docs/security.md tells it in prose.
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import { openRealJobs, type RealJobs, RUNNER_IMAGE } from '../engines/real-job.ts';
import { BUSYBOX, printed, runAttack, violations } from './attack.ts';
import { ATTACKS, FILES } from './attacks.ts';
import { buildHostile } from './hostile-image.ts';
import { withSmallVolumes } from './small-volumes.ts';

const hasRunner = execFileSync('docker', ['images', '-q', RUNNER_IMAGE], { encoding: 'utf8' }) !== '';

(hasRunner ? describe : describe.skip)('an attack', () => {
  let jobs: RealJobs;
  beforeAll(async () => {
    const opened = await openDockerEngine({ environment: process.env });
    if (opened.kind === 'unavailable') throw new Error(opened.message);
    jobs = await openRealJobs(opened.engine, { files: FILES });
  }, 60_000);
  afterAll(() => jobs.close());

  test('has a name of its own, and there are enough of them', () => {
    expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(ATTACKS.length);
    expect(ATTACKS.length).toBeGreaterThanOrEqual(50);
  });

  test.each(ATTACKS)(
    '$name',
    async (attack) => {
      if (attack.image !== undefined) buildHostile(attack.image);
      const { volumesMiB } = attack;
      if (volumesMiB === undefined) {
        expect(violations(attack, await runAttack(attack, jobs), jobs)).toEqual([]);
        return;
      }
      await withSmallVolumes(volumesMiB, async () => {
        expect(violations(attack, await runAttack(attack, jobs), jobs)).toEqual([]);
        // Its space is free again, on the same small disk.
        const next = await jobs.run([
          { image: BUSYBOX, commands: ['head -c 4000000 /dev/zero > big', 'cat README.md'] },
        ]);
        expect([next.state, next.failureMessage, printed(next)]).toEqual(['completed', undefined, 'hello']);
      });
    },
    90_000,
  );

  describe('on what listens at the loopback of this machine', () => {
    let loopback: Server;
    beforeAll(async () => {
      loopback = createServer((_, answer) => answer.end('open sesame'));
      await new Promise<void>((resolve) => loopback.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => void loopback.close());

    test('reaches nothing', async () => {
      const { port } = loopback.address() as AddressInfo;
      const script = `for h in 127.0.0.1 ${jobs.host} localhost; do timeout 2 wget -q -O - http://$h:${port}/ || echo closed; done`;
      const job = await jobs.run([{ image: BUSYBOX, commands: [script] }]);
      expect(printed(job)).toBe('closed\nclosed\nclosed');
    }, 60_000);
  });
});
