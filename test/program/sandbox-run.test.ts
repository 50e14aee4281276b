// A user's own batch spec through the whole program, and its jobs run by another executor.
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { asItIs, Desk } from './world/desk.ts';
import { patchesAndCache } from './patches-and-cache.ts';
import { Command } from './world/run.ts';

const desk = new Desk();
afterAll(() => desk.clear());

test.concurrent('patches, results, mounts, secrets and a cache', () => patchesAndCache(desk, 'native'), 180_000);

test.concurrent(
  'the jobs of a sandbox without an executor run on one that is started for several queues, by its own words',
  async () => {
    const place = desk.place('two-programs');
    const sandbox = place.run(asItIs, '--no-executor', '--serve');
    await sandbox.says('npm start');
    const told = [...sandbox.output.matchAll(/(EXECUTOR_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]);
    const settings = Object.fromEntries(told) as Readonly<Record<string, string>>;
    expect(settings['EXECUTOR_QUEUE_NAMES']).toBe('batches,codeintel,batches-hooks');
    const executor = new Command([], { ...settings, EXECUTOR_STATE_DIRECTORY: path.join(place.folder, 'tasks') });
    await sandbox.says('2 workspaces completed by another executor');
    executor.kill('SIGTERM');
    expect([await executor.ended, executor.output]).toEqual([0, expect.stringContaining('listening for jobs')]);
    await sandbox.says('The sandbox stays up');
    sandbox.kill('SIGINT');
    expect(await sandbox.ended).toBe(0);
  },
  180_000,
);
