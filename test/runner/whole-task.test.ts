// The bundled step-runner, in a process with others as the process engine starts it and in one of its own as Fargate and
// Docker do: agents, pipes, a batches job of version 2 and its result.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { bundleRunner, sharedRunnerEntry } from '#build/bundle.ts';
import { RUNNER_EXIT, type JobResult } from '#jobs/job-result.ts';
import { RUNNER_ENVIRONMENT } from '#jobs/payload.ts';
import { planTask } from '#jobs/step-containers.ts';
import { STEP_ENTRY_POINT } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import { startOnHost } from '#local/engines/process/host-task.ts';
import { openProcessEngine } from '#local/engines/process/process-engine.ts';
import { makeTaskFolder, taskFolder } from '#local/engines/process/task-folder.ts';
import type { Job } from '#sourcegraph/job.ts';
import { JobWorld } from './world/job-world.ts';

let world: JobWorld;
beforeEach(async () => {
  world = new JobWorld();
  await world.start();
});
afterEach(() => world.stop());

async function runTask(
  job: Job,
  during: (stop: () => Promise<unknown>) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ stopped: TaskStopped; result: JobResult }> {
  const plan = planTask(job, {
    runnerImage: 'step-runner',
    size: { cpuUnits: 256, memoryMiB: 512, ephemeralStorageGiB: 21 },
    architecture: 'X86_64',
    images: {},
    registrySecrets: {},
  });
  if (plan.kind !== 'plan') throw new Error(plan.message);
  const payload = world.payload(job, { stepContainers: [...plan.stepContainers] });
  world.server.objects.set('/store/payload', JSON.stringify(payload));
  const engine = await openProcessEngine({
    runnerCommand: [process.execPath, await sharedRunnerEntry()],
    stateFolder: path.join(world.root, 'state'),
    environment: process.env,
    runnerOutput: 'ignore',
  });
  const stopped = new Promise<TaskStopped>((resolve) => {
    engine.onStopped(resolve);
  });
  const started = await engine.start({
    definition: plan.definition,
    startedBy: payload.attempt,
    runnerEnvironment: { [RUNNER_ENVIRONMENT.payloadUrl]: `${world.server.url}/store/payload` },
  });
  try {
    await during(() => engine.stop(started.kind === 'started' ? started.task : '', 'test'));
    return {
      stopped: await stopped,
      result: JSON.parse(world.server.objects.get('/store/result') ?? '{}') as JobResult,
    };
  } finally {
    await engine.close();
  }
}

type BatchStep = { readonly run: string; readonly env?: Readonly<Record<string, string>> };

function inputFile(steps: readonly BatchStep[]): { content: string } {
  const input = {
    BatchChangeAttributes: { Name: 'hello', Description: '' },
    repository: { id: 'UmVwbzox', name: world.repository },
    branch: { name: 'refs/heads/master', target: { oid: world.commit } },
    path: '',
    onlyFetchWorkspace: false,
    steps: steps.map((step) => ({ ...step, container: 'alpine:3' })),
    searchResultPaths: [],
    skippedSteps: {},
  };
  return { content: Buffer.from(JSON.stringify(input)).toString('base64') };
}

function batchesJob(steps: readonly BatchStep[]): Job {
  const helper = (mode: string, index: number) => ({
    key: `step.${index}.${mode}`,
    image: 'sourcegraph/batcheshelper:7',
    dir: '.',
    commands: [`batcheshelper ${mode} ${index}`],
  });
  return world.job({
    files: { 'input.json': inputFile(steps) },
    dockerSteps: steps.flatMap((_, index) => [
      helper('pre', index),
      {
        key: `step.${index}.run`,
        image: 'alpine:3',
        dir: 'repository',
        commands: [`(exec ../step${index}.sh) > ../stdout${index}.log 2> ../stderr${index}.log`],
      },
      helper('post', index),
    ]),
  });
}

/** The diff of the last result in an entry. */
function lastDiff(key: string): string {
  const event = world
    .stdout(key)
    .map((line) => JSON.parse(line) as { operation: string; metadata: { value?: { diff: string } } })
    .findLast(({ operation }) => operation === 'CACHE_AFTER_STEP_RESULT');
  return Buffer.from(event?.metadata.value?.diff ?? '', 'base64').toString('utf8');
}

test('a batches job of two steps ends with the diff of both', async () => {
  const { stopped, result } = await runTask(
    batchesJob([{ run: 'echo one >> README.md' }, { run: 'echo ${{ steps.modified_files }} >> README.md' }]),
  );
  expect(result.outcome).toEqual({ kind: 'completed' });
  expect(stopped.containers.find(({ name }) => name === 'step-runner')?.exitCode).toBe(RUNNER_EXIT.completed);
  expect(lastDiff('step.docker.step.1.post')).toContain('\n hello\n+one\n+[README.md]\n');
});

test('a batches job that fails in its second step keeps the result of its first', async () => {
  const { stopped, result } = await runTask(batchesJob([{ run: 'echo one > new.txt' }, { run: 'exit 7' }]));
  expect(result.outcome).toEqual({
    kind: 'failed',
    errorMessage: 'running command "step.docker.step.1.run": command failed with exit code 7',
  });
  expect(stopped.containers.find(({ name }) => name === 'step-runner')?.exitCode).toBe(RUNNER_EXIT.failed);
  expect(world.out('step.docker.step.0.post')).toContain('"CACHE_AFTER_STEP_RESULT"');
});

test('a version 1 batches job is one command', async () => {
  const job = world.job({
    files: { 'input.json': inputFile([{ run: 'echo one >> README.md' }, { run: 'echo two >> README.md' }]) },
    cliSteps: [
      {
        key: 'batch-exec',
        command: ['batch', 'exec', '-f', 'input.json', '-repo', 'repository', '-tmp', '.src-tmp', '-binaryDiffs'],
        dir: '.',
      },
    ],
  });
  const { result } = await runTask(job);
  expect(result).toMatchObject({ outcome: { kind: 'completed' }, stepsStarted: true });
  expect(lastDiff('step.src.batch-exec')).toContain('\n hello\n+one\n+two\n');
});

test('a task that is told to stop flushes its log and says so, within its grace', async () => {
  const job = world.job({
    dockerSteps: [{ key: 'a', image: 'alpine:3', dir: '.', commands: ['echo begun', "trap '' TERM", 'sleep 60'] }],
  });
  const { stopped, result } = await runTask(job, async (stop) => {
    await world.until(() => world.stdout('step.docker.a').includes('begun'));
    await stop();
  });
  expect(result.outcome).toEqual({
    kind: 'stopped',
    errorMessage: 'running command "step.docker.a": context canceled',
  });
  expect(stopped.containers.find(({ name }) => name === 'step-runner')?.exitCode).toBe(RUNNER_EXIT.stopped);
  expect(world.entry('step.docker.a')?.exitCode).toBe(-1);
  expect(world.server.entries.at(-1)).toMatchObject({ key: 'teardown.fs', exitCode: 0 });
});

test('in a process of its own, its exit code says how the job ended, and SIGTERM stops it', async () => {
  const bundle = path.join(world.root, 'bundle', 'runner.cjs');
  await bundleRunner(bundle);
  const folder = taskFolder(path.join(world.root, 'own'));
  await makeTaskFolder(folder, ['step-runner', 'step-0'], false);
  const marker = `whole-task-${process.pid}`;
  const environment = { PATH: process.env['PATH'] ?? '' };
  const step = { name: 'step-0', command: STEP_ENTRY_POINT, environment: {} };
  const group = startOnHost(folder, marker, { containers: [step], environment, repository: false, stays: false });
  const job = world.job({
    dockerSteps: [{ key: 'a', image: 'alpine:3', dir: '.', commands: ['echo begun', 'exec sleep 60'] }],
  });
  const payload = world.payload(job, { stepContainers: [{ container: 'step-0', stepIndex: 0 }] });
  world.server.objects.set('/store/payload', JSON.stringify(payload));
  const runner = spawn(process.execPath, [bundle], {
    stdio: 'ignore',
    env: {
      ...environment,
      [RUNNER_ENVIRONMENT.payloadUrl]: `${world.server.url}/store/payload`,
      [RUNNER_ENVIRONMENT.root]: folder.root,
      [RUNNER_ENVIRONMENT.processMarker]: marker,
    },
  });
  const exitCode = new Promise((resolve) => runner.on('exit', resolve));
  await world.until(() => world.stdout('step.docker.a').includes('begun'));
  runner.kill('SIGTERM');
  expect(await exitCode).toBe(RUNNER_EXIT.stopped);
  expect(JSON.parse(world.server.objects.get('/store/result') ?? '{}')).toMatchObject({ outcome: { kind: 'stopped' } });
  group.kill();
  await group.ended;
});
