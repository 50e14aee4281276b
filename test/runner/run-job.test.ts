// Whole jobs through the runner: real git, real HTTP, real processes.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RUNNER_EXIT } from '#jobs/job-result.ts';
import { JOB_TOKEN, JobWorld } from './world/job-world.ts';

let world: JobWorld;
beforeEach(async () => {
  world = new JobWorld();
  await world.start();
});
afterEach(() => world.stop());

const step = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  key: 'hello',
  image: 'alpine:3',
  dir: 'repository',
  ...fields,
});

describe('a job that completes', () => {
  test('has every entry of the reference, in order, each ended', async () => {
    const job = world.job({
      dockerSteps: [step({ commands: ['cat README.md', 'printf last'], env: ['GREETING=hi'] })],
    });
    const { exitCode, result } = await world.run(world.payload(job));

    expect(result?.outcome).toEqual({ kind: 'completed' });
    expect(exitCode).toBe(RUNNER_EXIT.completed);
    expect(world.server.entries.map(({ key }) => key)).toEqual([
      'setup.git.init',
      'setup.git.add-remote',
      'setup.git.disable-gc',
      'setup.git.fetch',
      'setup.git.checkout',
      'setup.git.set-remote',
      'setup.fs.extras',
      'step.docker.hello',
      'teardown.fs',
    ]);
    for (const entry of world.server.entries) {
      expect(entry.exitCode).toBe(0);
      expect(entry.durationMs).toBeGreaterThanOrEqual(0);
    }
    expect(result).toMatchObject({ logEntries: 9, stepsStarted: true });
    expect(world.out('step.docker.hello').split('\n').sort()).toEqual(
      ['', 'stderr: + cat README.md', 'stderr: + printf last', 'stdout: hello', 'stdout: last'].sort(),
    );
  });

  test('leaves no workspace, and a payload that nobody can read again', async () => {
    await world.run(world.payload(world.job({ dockerSteps: [step({ commands: ['true'] })] })));
    expect(readdirSync(world.paths.job)).toEqual([]);
    expect(world.server.objects.has('/store/payload')).toBe(false);
  });

  test('shows a step as the docker run of the reference', async () => {
    const job = world.job({ dockerSteps: [step({ commands: ['true'], env: ['A=b'] })] });
    await world.run(world.payload(job));
    const { job: workspace } = world.paths;
    const script = `${workspace}/.sourcegraph-executor/42.0_github.com_example_greetings@${world.commit}.sh`;
    expect(world.server.entries.find(({ key }) => key === 'step.docker.hello')?.command).toEqual(
      `docker run --rm -v ${workspace}:${workspace} -w ${workspace}/repository -e A=b --entrypoint /bin/sh alpine:3 ${script}`.split(
        ' ',
      ),
    );
  });

  test('keeps the job token out of the repository, of commands and of the log', async () => {
    const commands = ['cat .git/config', 'env', 'git config --list'];
    await world.run(world.payload(world.job({ dockerSteps: [step({ commands })] })));
    expect(JSON.stringify(world.server.entries)).not.toContain(JOB_TOKEN);
    expect(world.out('step.docker.hello')).toContain(`url = ${world.repository}`);
    const git = world.server.requests.filter(({ path: route }) => route.startsWith('/.executors/git/'));
    expect(git.length).toBeGreaterThan(0);
    for (const { headers } of git) {
      expect(headers).toMatchObject({
        'x-sourcegraph-job-id': '42',
        'x-sourcegraph-executor-name': 'executor-1',
        'x-sourcegraph-actor-uid': 'internal',
      });
    }
  });
});

describe('a job that fails', () => {
  test('in a step: later steps do not run', async () => {
    const commands = ['exit 3'];
    const job = world.job({ dockerSteps: [step({ commands }), step({ key: 'later', commands: ['true'] })] });
    const { exitCode, result } = await world.run(world.payload(job));
    expect(result?.outcome).toEqual({
      kind: 'failed',
      errorMessage: 'running command "step.docker.hello": command failed with exit code 3',
    });
    expect(exitCode).toBe(RUNNER_EXIT.failed);
    expect(world.server.entries.map(({ key }) => key)).not.toContain('step.docker.later');
    expect(world.server.entries.find(({ key }) => key === 'step.docker.hello')?.exitCode).toBe(3);
  });

  test('in the clone: no step has run', async () => {
    const job = world.job({ commit: '0'.repeat(40), dockerSteps: [step({ commands: ['true'] })] });
    const { result } = await world.run(world.payload(job));
    expect(result?.outcome).toEqual({
      kind: 'failed',
      errorMessage: 'creating workspace: failed setup.git.fetch: command failed with exit code 128',
    });
    expect(result?.stepsStarted).toBe(false);
  });

  test('at its deadline, with its children', async () => {
    const marker = path.join(world.root, 'survivor');
    const commands = [`(sleep 6; touch ${marker}) &`, 'sleep 60'];
    const job = world.job({ dockerSteps: [step({ commands })] });
    const { exitCode, result } = await world.run(world.payload(job, { runtimeLimitMs: 4000 }));
    expect(result?.outcome).toEqual({
      kind: 'deadline',
      errorMessage:
        'job exceeded maximum execution time of 4s: running command "step.docker.hello": context deadline exceeded',
    });
    expect(exitCode).toBe(RUNNER_EXIT.deadline);
    expect(world.server.entries.find(({ key }) => key === 'step.docker.hello')?.exitCode).toBe(-1);
    expect(existsSync(marker)).toBe(false);
  });
});

test('told to stop: the step ends, the log is complete, the result says so', async () => {
  const stop = new AbortController();
  const job = world.job({ dockerSteps: [step({ commands: ['echo begun', 'sleep 30'] })] });
  const running = world.run(world.payload(job), { stop: stop.signal });
  await world.until(() => world.out('step.docker.hello').includes('stdout: begun'));
  stop.abort();
  const { exitCode, result } = await running;
  expect(result?.outcome).toEqual({
    kind: 'stopped',
    errorMessage: 'running command "step.docker.hello": context canceled',
  });
  expect(exitCode).toBe(RUNNER_EXIT.stopped);
  expect(world.server.entries.at(-1)).toMatchObject({ key: 'teardown.fs', exitCode: 0 });
});

test('a job that is no longer ours: the step ends and nothing more is said', async () => {
  const commands = ['while :; do echo begun; sleep 0.05; done'];
  const running = world.run(world.payload(world.job({ dockerSteps: [step({ commands })] })));
  await world.until(() => world.out('step.docker.hello').includes('stdout: begun'));
  world.server.ours = false;
  const entries = world.server.entries.length;
  const { exitCode, result } = await running;
  expect(result?.outcome).toEqual({ kind: 'not-ours' });
  expect(exitCode).toBe(RUNNER_EXIT.notOurs);
  expect(world.server.entries.length).toBe(entries);
});

describe('the logins that a job brings', () => {
  const auth = Buffer.from('user:hunter2').toString('base64');
  const dockerAuthConfig = { auths: { 'ghcr.io': { auth }, 'registry.example.com': { auth } } };
  const withOptions = (jobLogins: 'used' | 'unused' | undefined, more: object) => {
    const payload = world.payload(world.job({ dockerSteps: [step({ commands: ['true'] })], ...more }));
    return { ...payload, options: { ...payload.options, ...(jobLogins === undefined ? {} : { jobLogins }) } };
  };

  test('where they are not used, its log says so first, by registry and without a password', async () => {
    const { exitCode } = await world.run(withOptions('unused', { dockerAuthConfig }));
    expect(exitCode).toBe(RUNNER_EXIT.completed);
    expect(world.server.entries[0]).toMatchObject({ key: 'setup.registry-logins', exitCode: 0 });
    expect(world.server.entries[0]?.out).toMatch(
      /^stdout: .* ghcr\.io, registry\.example\.com \(DOCKER_AUTH_CONFIG\) are not used: .*`registryCredentials`.*\n$/,
    );
    expect(JSON.stringify(world.server.entries)).not.toContain(auth);
    expect(world.server.entries.map(({ key }) => key)).toContain('step.docker.hello');
  });

  test.each([
    ['where they are used', 'used', { dockerAuthConfig }],
    ['where nothing else is said', undefined, { dockerAuthConfig }],
    ['when there are none', 'unused', { dockerAuthConfig: { auths: {} } }],
  ] as const)('%s, its log does not speak of them', async (_, jobLogins, more) => {
    await world.run(withOptions(jobLogins, more));
    expect(world.server.entries.map(({ key }) => key)).not.toContain('setup.registry-logins');
  });
});

test('a later attempt begins its log with why the one before was lost', async () => {
  const job = world.job({ dockerSteps: [step({ commands: ['true'] })] });
  const cause = 'Spot took the task back (Your Spot Task was interrupted.)';
  await world.run({ ...world.payload(job), attemptNumber: 2, relaunchedBecause: cause });
  expect(world.server.entries[0]).toMatchObject({
    key: 'setup.relaunch',
    out: `stdout: launched again, attempt 2: ${cause}\n`,
    exitCode: 0,
  });
  expect(world.server.entries.map(({ key }) => key)).toContain('step.docker.hello');
});
