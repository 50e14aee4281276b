// Order, keys and skipping of docker and cli steps.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type JobFields, JobWorld } from './world/job-world.ts';

let world: JobWorld;
beforeEach(async () => {
  world = new JobWorld();
  await world.start();
});
afterEach(() => world.stop());

const step = (key: string, command = 'true'): JobFields => ({ key, image: 'i', dir: '.', commands: [command] });
const skipTo = (key: string): string => `printf '{"nextStep":"${key}"}' > skip.json`;
const steps = (): string[] =>
  world.server.entries
    .map(({ key }) => key)
    .filter((key) => key.startsWith('step.'))
    .map((key) => key.slice(5));

describe('skip.json', () => {
  test.each<[name: string, dockerSteps: JobFields[], ran: string[]]>([
    [
      'is read after a pre step',
      [step('step.0.pre', skipTo('step.2.pre')), step('step.0.run'), step('step.2.pre')],
      ['step.0.pre', 'step.2.pre'],
    ],
    [
      'leads to the end when its step is not there',
      [step('step.0.pre', skipTo('none')), step('step.0.run')],
      ['step.0.pre'],
    ],
    ['is not read after other steps', [step('step.0.run', skipTo('z')), step('x')], ['step.0.run', 'x']],
  ])('%s', async (_, dockerSteps, ran) => {
    const { result } = await world.run(world.payload(world.job({ dockerSteps })));
    expect(result?.outcome).toEqual({ kind: 'completed' });
    expect(steps()).toEqual(ran.map((key) => `docker.${key}`));
  });

  test.each<[name: string, command: string, message: string]>([
    ['no JSON', 'echo x > skip.json', 'skip.json names no next step'],
    ['a link', 'ln -s /etc/passwd skip.json', 'skip.json is no readable file'],
    ['a pipe', 'mkfifo skip.json', 'skip.json is no readable file'],
  ])('that is %s fails the job', async (_, command, message) => {
    const { result } = await world.run(world.payload(world.job({ dockerSteps: [step('step.0.pre', command)] })));
    expect(result?.outcome).toEqual({ kind: 'failed', errorMessage: `checking for skip file: ${message}` });
  });

  test('is ignored in jobs with cli steps, as in the reference', async () => {
    const dockerSteps = [step('step.0.pre', skipTo('none')), step('later')];
    await world.run(world.payload(world.job({ dockerSteps, cliSteps: [{ command: ['version'], dir: '.' }] })));
    expect(steps()).toEqual(['docker.step.0.pre', 'docker.later', 'src.0']);
  });
});

test('steps without a key go by their index', async () => {
  await world.run(world.payload(world.job({ dockerSteps: [step(''), step('named'), step('')] })));
  expect(steps()).toEqual(['docker.0', 'docker.named', 'docker.2']);
});

test('a working directory that is not there is made', async () => {
  await world.run(world.payload(world.job({ dockerSteps: [{ ...step('a', 'pwd'), dir: 'new/folder' }] })));
  expect(world.stdout('step.docker.a')).toEqual([`${world.paths.job}/new/folder`]);
});

describe('failures', () => {
  test('of a docker step in a job with cli steps, in the words of the older handler', async () => {
    const fields = { dockerSteps: [step('a', 'exit 4')], cliSteps: [{ command: ['version'], dir: '.' }] };
    const { result } = await world.run(world.payload(world.job(fields)));
    expect(result?.outcome).toEqual({
      kind: 'failed',
      errorMessage: 'failed to perform docker step: command failed with exit code 4',
    });
  });

  test('a src command that the executor does not carry out is refused by name', async () => {
    const { result } = await world.run(
      world.payload(world.job({ cliSteps: [{ command: ['search', 'x'], dir: '.' }] })),
    );
    expect(JSON.stringify(result?.outcome)).toContain('not \\"src search x\\"');
    expect(world.entry('step.src.0')).toMatchObject({ command: ['src', 'search', 'x'], exitCode: 0 });
  });

  test('a step whose container is not part of the task', async () => {
    const job = world.job({ dockerSteps: [step('a')] });
    const { result } = await world.run(world.payload(job, { stepContainers: [{ container: 'gone', stepIndex: 0 }] }));
    expect(result?.outcome).toMatchObject({ kind: 'container-lost', container: 'gone' });
  });

  test('a step without a container that is no helper step', async () => {
    const job = world.job({ dockerSteps: [step('a')] });
    const { result } = await world.run(world.payload(job, { stepContainers: [] }));
    expect(result?.outcome).toMatchObject({ kind: 'failed' });
    expect(world.out('step.docker.a')).toContain('step "a" has no container in this task');
  });

  test('an error message is redacted', async () => {
    const redactedValues = { hunter2: 'REDACTED' };
    const job = world.job({ dockerSteps: [step('hunter2', 'exit 1')], redactedValues });
    const { result } = await world.run(world.payload(job));
    expect(result?.outcome).toMatchObject({
      errorMessage: 'running command "step.docker.REDACTED": command failed with exit code 1',
    });
  });
});

describe('output that is hard to carry', () => {
  test.each<[name: string, command: string, out: RegExp]>([
    ['NUL bytes', "printf 'a\\0b\\n'", /stdout: a\0b\n/],
    ['bytes that are no UTF-8', "printf 'a\\377\\n'", /stdout: a\ufffd\n/],
    ['no newline at the end', 'printf end', /stdout: end\n/],
    ['an end by a signal', 'kill -9 $$', /^(?:stderr: .*\n)+$/],
    ['a child that holds the streams open for a moment', '(sleep 0.3; echo late) & echo now', /stdout: now\n/],
  ])('%s', async (_, command, out) => {
    await world.run(world.payload(world.job({ dockerSteps: [step('a', command)] })));
    expect(world.out('step.docker.a')).toMatch(out);
    expect(world.entry('step.docker.a')?.exitCode).toBeDefined();
  });
});
