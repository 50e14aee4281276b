// The dispatcher dies in mid-job, before the schedule has brought another: the stand-by that it has started goes on, and Sourcegraph hears no gap that would cost the job.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '#jobs/limits.ts';
import { deploy, type Deployment } from './deployment.ts';
import { dockerJob } from './jobs.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.close());

test('the stand-by that a dispatcher starts by itself takes over when that is killed, within 10 s, and the job ends as if nothing had been', async () => {
  const { commit, dispatcher, invokeApi, sandbox } = deployment;
  const job = sandbox.rules.enqueue('codeintel', dockerJob(commit, [{ key: 'long', commands: ['sleep 14'] }]));
  const first = dispatcher.invoke({});
  while (job.state !== 'processing' || job.logs.length === 0) await sleep(20);
  while (!(await deployment.hasStandBy())) await sleep(20);

  dispatcher.crashOldest();
  const crashedAt = Date.now();
  expect(await first).toMatchObject({ kind: 'error' });
  const heardAt = job.heartbeatAt;
  while (job.heartbeatAt === heardAt) await sleep(20);
  expect(Date.now() - crashedAt).toBeLessThan(10_000);
  expect(job.heartbeatAt - heardAt).toBeLessThan(LIMITS.heartbeatGapMaxMs);

  await deployment.finished(job);
  expect(job).toMatchObject({ state: 'completed', marks: 1, dequeues: 1, resets: 0 });
  // It asked for nobody in its turn.
  expect(await Promise.all(invokeApi.accepted)).toEqual([{ kind: 'response', payload: { ended: 'idle' } }]);
}, 60_000);
