// The log of a whole job while Sourcegraph misbehaves, and secrets on their way into it.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RUNNER_EXIT } from '#jobs/job-result.ts';
import { JobWorld, type JobFields } from './world/job-world.ts';
import type { Fault } from './world/sourcegraph-server.ts';

let world: JobWorld;
beforeEach(async () => {
  world = new JobWorld();
  await world.start();
});
afterEach(() => world.stop());

const step = (key: string, ...commands: string[]): JobFields => ({ key, image: 'i', dir: '.', commands });
const isLogRoute = (path: string): boolean => path.endsWith('ExecutionLogEntry');

describe('every third log request', () => {
  test.each<[name: string, fault: Fault]>([
    ['answers 500', { status: 500 }],
    ['answers 502 with a web page', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['answers 429', { status: 429 }],
    ['answers a web page with 200', { status: 200, body: '<html>login</html>' }],
    ['breaks', 'reset'],
    ['takes effect and loses its answer', 'answer-lost'],
  ])('%s: the log is whole, once, and in order', async (_, fault) => {
    let count = 0;
    world.server.fault = ({ path }) => (isLogRoute(path) && ++count % 3 === 0 ? fault : undefined);
    const { result } = await world.run(world.payload(world.job({ dockerSteps: [step('a', 'echo hello')] })));
    expect(result?.outcome).toEqual({ kind: 'completed' });
    const keys = world.server.entries.map(({ key }) => key).filter((key) => key !== 'superseded');
    expect(keys.filter((key) => !key.startsWith('setup.git.'))).toEqual([
      'setup.fs.extras',
      'step.docker.a',
      'teardown.fs',
    ]);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { exitCode } of world.server.entries) expect(exitCode).toBe(0);
  });
});

test.each<[name: string, fault: Fault]>([
  ['401', { status: 401, body: 'invalid token' }],
  ['404', { status: 404 }],
  ['500 unknown job', { status: 500, body: '{"error":"unknown job"}' }],
])('a job that is not ours from the start (%s) runs no step', async (_, fault) => {
  world.server.fault = ({ path }) => (isLogRoute(path) ? fault : undefined);
  const dockerSteps = [step('a', 'sleep 20')];
  const { exitCode, result } = await world.run(world.payload(world.job({ dockerSteps })));
  expect(result?.outcome).toEqual({ kind: 'not-ours' });
  expect(exitCode).toBe(RUNNER_EXIT.notOurs);
});

test('a log that is refused fails the job, in words that say so', async () => {
  world.server.fault = ({ path }) => (isLogRoute(path) ? { status: 413 } : undefined);
  const { result } = await world.run(world.payload(world.job({ dockerSteps: [step('a', 'true')] })));
  expect(result?.outcome).toMatchObject({ kind: 'failed' });
  expect(JSON.stringify(result?.outcome)).toContain('sending the log to Sourcegraph: ');
});

test('a job without a token of its own is refused, and nobody is asked without one', async () => {
  const { result } = await world.run(world.payload(world.job({ token: null })));
  expect(JSON.stringify(result?.outcome)).toContain('gives its jobs no tokens of their own');
  expect(world.server.requests.filter(({ path }) => path.startsWith('/.executors/'))).toEqual([]);
});

describe('secrets', () => {
  const redactedValues = { 'hunter2\n': '${{ secrets.PASSWORD }}', 'first\nsecond': 'KEY' };

  test('are nowhere in the log: output, environment, commands', async () => {
    const dockerSteps = [
      { ...step('a', 'echo "$PASSWORD"', 'printf "xfirst\\nsecondx\\n"'), env: ['PASSWORD=hunter2'] },
    ];
    await world.run(world.payload(world.job({ dockerSteps, redactedValues })));
    const log = JSON.stringify(world.server.entries);
    expect(log).not.toContain('hunter2');
    expect(log).not.toContain('first\\nstdout');
    expect(world.entry('step.docker.a')?.command).toContain('PASSWORD=${{ secrets.PASSWORD }}');
    expect(world.stdout('step.docker.a')).toEqual(['${{ secrets.PASSWORD }}', 'xKEYx']);
  });

  test('in a result fail the job loudly, and are not told', async () => {
    const event = { operation: 'CACHE_AFTER_STEP_RESULT', status: 'SUCCESS', metadata: { value: { diff: 'hunter2' } } };
    const dockerSteps = [step('step.0.post', 'set +x', `echo '${JSON.stringify(event)}'`)];
    const { result } = await world.run(world.payload(world.job({ dockerSteps, redactedValues: { hunter2: 'X' } })));
    expect(result?.outcome).toMatchObject({ kind: 'failed' });
    expect(JSON.stringify(result?.outcome)).toContain('hold a value that has to be kept secret');
    expect(JSON.stringify([world.server.entries, result])).not.toContain('hunter2');
  });

  test("include the job's own token", async () => {
    await world.run(world.payload(world.job({ dockerSteps: [step('a', `echo ${world.server.jobToken}`)] })));
    expect(world.stdout('step.docker.a')).toEqual(['SECRET_REMOVED']);
  });
});
