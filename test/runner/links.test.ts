// The runner's way to its payload and with its result, and what it makes of a store that does not play along.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RUNNER_EXIT } from '#jobs/job-result.ts';
import { type Ran, JobWorld } from './world/job-world.ts';
import type { Fault } from './world/sourcegraph-server.ts';

let world: JobWorld;
beforeEach(async () => {
  world = new JobWorld();
  await world.start();
});
afterEach(() => world.stop());

/** A fault for the first `times` requests to `path`. */
function failing(path: string, fault: Fault, times = Infinity): void {
  let left = times;
  world.server.fault = (request) => (request.path === path && left-- > 0 ? fault : undefined);
}

const run = (fields: Parameters<JobWorld['payload']>[1] = {}): Promise<Ran> =>
  world.run(world.payload(world.job({ repositoryName: '' }), fields));
const asked = (path: string): number => world.server.requests.filter((request) => request.path === path).length;

describe('the payload', () => {
  test.each<[name: string, body: string]>([
    ['no JSON', '<html>'],
    ['cut off', '{"v":1,"attempt":"a'],
    ['of another shape', '{"v":1}'],
    ['of a version that is too new', '{"v":3}'],
    ['empty', ''],
  ])('that is %s: no step runs, and the exit code says so', async (_, body) => {
    world.server.fault = ({ path }) => (path === '/store/payload' ? { status: 200, body } : undefined);
    expect(await run()).toEqual({ exitCode: RUNNER_EXIT.setup, result: undefined });
    expect(world.said).toEqual(['the payload could not be read']);
  });

  test.each<[name: string, status: number]>([
    ['expired', 403],
    ['gone', 404],
  ])('that is %s is not asked for again', async (_, status) => {
    failing('/store/payload', { status });
    expect((await run()).exitCode).toBe(RUNNER_EXIT.setup);
    expect(asked('/store/payload')).toBe(1);
    expect(world.said).toEqual([`the payload could not be fetched: HTTP ${status}`]);
  });

  test.each<[name: string, fault: Fault]>([
    ['answers 503', { status: 503 }],
    ['closes the connection', 'reset'],
  ])('is asked for again from a store that %s', async (_, fault) => {
    failing('/store/payload', fault, 2);
    expect((await run()).exitCode).toBe(RUNNER_EXIT.completed);
  });

  test('is not waited for when the task is told to stop', async () => {
    failing('/store/payload', { status: 503 });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 30);
    const payload = world.payload(world.job());
    expect(await world.run(payload, { stop: stop.signal })).toMatchObject({ exitCode: RUNNER_EXIT.stopped });
  });
});

describe('the result', () => {
  test.each<[name: string, fault: Fault, times: number]>([
    ['the store answers 500', { status: 500 }, 2],
    ['the connection breaks', 'reset', 1],
  ])('is stored although %s at first', async (_, fault, times) => {
    failing('/store/result', fault, times);
    expect((await run()).result?.outcome).toEqual({ kind: 'completed' });
  });

  test('is stored once: a second writer is kept out', async () => {
    await run();
    const put = world.server.requests.find(({ method }) => method === 'PUT');
    expect(put?.headers['if-none-match']).toBe('*');
  });

  test('whose link has died is stored by a fresh one', async () => {
    const links = { result: `${world.server.url}/store/expired`, renewed: `${world.server.url}/store/urls` };
    world.server.objects.set('/store/urls', JSON.stringify({ result: `${world.server.url}/store/result` }));
    failing('/store/expired', { status: 403 });
    expect((await run({ links })).result?.outcome).toEqual({ kind: 'completed' });
  });

  test('that cannot be stored still shows in the exit code', async () => {
    failing('/store/result', { status: 403 });
    expect((await run()).exitCode).toBe(RUNNER_EXIT.completed);
    expect(world.said).toContain('the result could not be stored');
  });
});
