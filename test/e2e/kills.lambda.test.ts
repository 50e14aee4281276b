// A process that is killed in the middle of its work, at each moment of ./kills/moments.ts. Somebody else holds the lease
// within 10 s, Sourcegraph hears no gap over a job that has a record, no job has two tasks at once, and each ends with one
// right mark.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleFunctions } from '#build/bundle.ts';
import { LIMITS } from '#jobs/limits.ts';
import { DEPLOYMENT } from '#settings/deployment.ts';
import { deploy, type Deployment } from './deployment.ts';
import { dockerJob, out } from './jobs.ts';
import { Killer } from './kills/killer.ts';
import { type Moment, MOMENTS } from './kills/moments.ts';

const TAKEOVER_MAX_MS = 10_000;

let bundles: string;
beforeAll(async () => {
  bundles = mkdtempSync(path.join(tmpdir(), 'bundles-'));
  await bundleFunctions(bundles);
});
afterAll(() => rmSync(bundles, { recursive: true }));

test.concurrent.each(MOMENTS)(
  'killed when $title',
  async (moment) => {
    const killer = new Killer(moment);
    const { visibilitySeconds = 600 } = moment;
    const deployment = await deploy({
      bundles,
      visibilitySeconds,
      watch: {
        sourcegraph: killer.watch('sourcegraph'),
        dynamoDb: killer.watch('dynamoDb'),
        ecs: killer.watch('ecs'),
      },
      // Nobody goes home, so that there is a stand-by before the first job.
      settings: { [DEPLOYMENT.polling.name]: 'lowest-latency' },
    });
    try {
      await lifeOfOneJob(moment, killer, deployment);
    } finally {
      await deployment.close();
    }
  },
  120_000,
);

async function lifeOfOneJob(moment: Moment, killer: Killer, deployment: Deployment): Promise<void> {
  const { aws, commit, dispatcher, ecs, sandbox } = deployment;
  const { exitCode = 0, leaves = [], seconds, unknownToOthers = false } = moment;
  void dispatcher.invoke({});
  await until('a holder', async () => (await deployment.lease()).holder?.ready === true);
  void dispatcher.invoke({});
  await until('a stand-by', () => deployment.hasStandBy());
  const lease = await deployment.lease();
  const commands = [`sleep ${seconds}`, 'echo done', `exit ${exitCode}`];
  const job = sandbox.rules.enqueue('codeintel', dockerJob(commit, [{ key: 'work', commands }]));
  killer.arm(deployment, job, lease);
  // Else its news would bring completion to the job once more; the dispatcher must ask for that.
  if (moment.victim === 'completion') ecs.faults.event('lost');
  if (moment.handsOver === true) {
    await until('a running job', () => job.logs.length > 0);
    void dispatcher.invoke({});
  }
  await until('the moment', () => killer.strike !== undefined);
  const { at = 0, heir = 'nobody', killed } = killer.strike ?? {};
  expect(killed).toBe(true);

  if (moment.victim !== 'completion') {
    const takes = ({ message }: { readonly message: string }): boolean =>
      message.includes('holds the lease') && message.includes(heir);
    await until('the next holder', () => dispatcher.lines.some(takes), TAKEOVER_MAX_MS);
    expect(Date.now() - at).toBeLessThan(TAKEOVER_MAX_MS);
  }
  await until('the end of the job', () => job.finishedAt !== undefined);
  const state = exitCode === 0 ? 'completed' : 'errored';
  const again = unknownToOthers ? 1 : 0;
  expect(job).toMatchObject({ state, marks: 1, dequeues: 1 + again, resets: again });
  expect(out(job, 'step.docker.work')).toContain('stdout: done');
  const heardAt = [...killer.heardAt, job.finishedAt ?? 0];
  const gaps = heardAt.slice(1).map((time, index) => time - (heardAt[index] ?? 0));
  expect(Math.max(...gaps)).toBeLessThan(LIMITS.heartbeatGapMaxMs);

  await until('its end in table and bucket', async () => (await deployment.leftovers()).length <= leaves.length);
  expect((await deployment.leftovers()).map((name) => name.split('/')[0])).toEqual(leaves);
  const tasks = [...ecs.tasks.values()];
  await until('the end of its tasks', () => tasks.every(({ lastStatus }) => lastStatus === 'STOPPED'));
  // None of these moments costs an attempt, so a second task would be the first one's twin.
  expect(tasks).toHaveLength(1);
  if (moment.visibilitySeconds !== undefined) await until('an empty queue', () => aws.unacknowledged() === 0);
  expect(aws.deadLetters()).toEqual([]);
  expect(job.marks).toBe(1);
}

async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(20);
  }
}
