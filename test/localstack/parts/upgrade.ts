// `cdk deploy` over a job that runs.
import { expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { SETTINGS } from '#settings/table.ts';
import { dockerJob } from '../../e2e/jobs.ts';
import type { UseStage } from '../stage.ts';
import { until } from '../until.ts';

const MINUTE = 60_000;
/** LocalStack ends the invocations of a function that is updated; the next one must come before 25 s are over. */
const FIRE_MS = 5_000;

export function upgrade(stage: UseStage): void {
  test(
    'an upgrade changes the functions in place, and a job that runs meanwhile ends as if nothing had been',
    async () => {
      const { deployed, folder, world } = stage();
      const bucket = await deployed.variable('dispatcher', 'bucketName');
      const gate = await openGate();
      const job = stage().enqueue('codeintel', dockerJob(world.commit, [{ key: 'long', commands: [gate.command] }]));
      await deployed.fireSchedule();
      const minute = setInterval(() => void deployed.fireSchedule(), FIRE_MS);
      try {
        await until('the step runs', 60, () => gate.isWaitedAt());
        const outputsFile = path.join(folder, 'outputs.json');
        const upgraded = await world.cdk.deploy({ ...world.context, maximumJobs: '7' }, outputsFile);
        if (upgraded.code !== 0) throw new Error(upgraded.output);
        expect(job).toMatchObject({ state: 'processing', dequeues: 1, resets: 0 });
        gate.open();
        await until('the job ends', 90, () => job.finishedAt !== undefined);
      } finally {
        clearInterval(minute);
        await gate.close();
      }
      expect(job).toMatchObject({ state: 'completed', marks: 1, dequeues: 1, resets: 0 });
      expect(await deployed.variable('dispatcher', 'bucketName')).toBe(bucket);
      expect((await deployed.environment('dispatcher'))[SETTINGS.maximumNumJobs.name]).toBe('7');
    },
    6 * MINUTE,
  );
}

interface Gate {
  /** Of a step; it ends when the gate is open. */
  readonly command: string;
  isWaitedAt(): boolean;
  open(): void;
  close(): Promise<void>;
}

async function openGate(): Promise<Gate> {
  let arrived = false;
  let isOpen = false;
  // Each answer comes at once, and it is asked again: no time-out of a client is met.
  const server = createServer((_request, response) => {
    arrived = true;
    response.writeHead(isOpen ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = `fetch('${url}').then(({ ok }) => process.exit(ok ? 0 : 1))`;
  return {
    command: `until node --eval "${ask}"; do sleep 0.2; done`,
    isWaitedAt: () => arrived,
    open: () => {
      isOpen = true;
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
