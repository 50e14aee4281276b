// Whole jobs through the bundled handlers over the wire, as AWS would run them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { deploy, type Deployment } from './deployment.ts';
import { batchesJob, dockerJob, lastDiff, out } from './jobs.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.close());

async function nothingIsLeft(): Promise<void> {
  for (let left = 100; left > 0 && (await deployment.leftovers()).length > 0; left--) await sleep(30);
  expect(await deployment.leftovers()).toEqual([]);
}

test('docker steps, a batches job and a step that fails: each marked for what it was, nothing left behind', async () => {
  const { commit, dispatcher, ecs, sandbox } = deployment;
  const { rules } = sandbox;
  const logins = {
    dockerAuthConfig: { auths: { 'ghcr.io': { auth: Buffer.from('user:password').toString('base64') } } },
  };
  const greeting = rules.enqueue(
    'codeintel',
    dockerJob(commit, [{ key: 'greet', commands: ['cat README.md'] }], logins),
  );
  const change = rules.enqueue(
    'batches',
    batchesJob(commit, ['echo one >> README.md', 'echo ${{ steps.modified_files }} >> README.md']),
  );
  const failing = rules.enqueue('codeintel', dockerJob(commit, [{ key: 'bad', commands: ['exit 7'] }]));
  const invoked = dispatcher.invoke({ scheduledTime: new Date().toISOString() });
  await Promise.all([greeting, change, failing].map((job) => deployment.finished(job)));

  expect(greeting).toMatchObject({ state: 'completed', marks: 1, dequeues: 1 });
  expect(out(greeting, 'step.docker.greet')).toContain('stdout: hello');
  expect(out(greeting, 'setup.registry-logins')).toContain('logins for ghcr.io (DOCKER_AUTH_CONFIG) are not used');
  expect(change).toMatchObject({ state: 'completed', marks: 1, dequeues: 1 });
  expect(lastDiff(change)).toContain('\n hello\n+one\n+[README.md]\n');
  expect(failing).toMatchObject({ state: 'errored', marks: 1, dequeues: 1 });
  expect(failing.failureMessage).toContain('exit code 7');

  expect(await invoked).toEqual({ kind: 'response', payload: { ended: 'idle' } });
  await nothingIsLeft();
  // The two codeintel jobs look alike.
  expect(ecs.definitions.count).toBe(2);
  expect(deployment.aws.deadLetters()).toEqual([]);
});

test('news that comes several times, late and in the wrong order changes nothing', async () => {
  const { aws, commit, dispatcher, ecs, sandbox } = deployment;
  const stopped: string[] = [];
  let repeating = true;
  ecs.onStopped((event) => {
    if (!repeating) return;
    stopped.push(JSON.stringify(event));
    for (let times = 0; times < 3; times++) aws.sendResult(JSON.stringify(event));
  });
  const before = aws.notified.length;
  const jobs = ['exit 0', 'exit 3'].map((command) =>
    sandbox.rules.enqueue('codeintel', dockerJob(commit, [{ key: 'step', commands: [command] }])),
  );
  const invoked = dispatcher.invoke({ scheduledTime: new Date().toISOString() });
  await Promise.all(jobs.map((job) => deployment.finished(job)));
  await invoked;
  repeating = false;
  const results = aws.notified.slice(before).map((attempt) => {
    const key = encodeURIComponent(`attempts/${attempt}/result.json`);
    return JSON.stringify({ Records: [{ eventSource: 'aws:s3', s3: { object: { key } } }] });
  });
  expect([stopped.length, results.length]).toEqual([2, 2]);
  const Records = [...stopped, ...results, ...stopped.toReversed()].map((body, index) => ({
    messageId: String(index),
    body,
    attributes: {},
  }));
  expect(await deployment.completion.invoke({ Records })).toEqual({
    kind: 'response',
    payload: { batchItemFailures: [] },
  });
  expect(jobs).toMatchObject([
    { state: 'completed', marks: 1, dequeues: 1 },
    { state: 'errored', marks: 1, dequeues: 1 },
  ]);
  await nothingIsLeft();
  expect(aws.deadLetters()).toEqual([]);
});

test('metrics of the run stand in the output with the pool, and no job as a dimension', () => {
  const lines = `${deployment.dispatcher.output}${deployment.completion.output}`.split('\n');
  const emitted = lines.filter((line) => line.includes('"CloudWatchMetrics"')).map((line) => JSON.parse(line) as Emf);
  const names = new Set(emitted.flatMap(({ _aws }) => _aws.CloudWatchMetrics.flatMap(metricNames)));
  const expected = ['JobsDequeued', 'JobsCompleted', 'JobsFailed', 'JobDuration', 'TasksLaunched'];
  expect([...names]).toEqual(expect.arrayContaining(expected));
  const dimensions = new Set(
    emitted.flatMap(({ _aws }) => _aws.CloudWatchMetrics.flatMap((one) => one.Dimensions.flat())),
  );
  expect([...dimensions].filter((name) => !['Pool', 'Failure', 'Capacity', 'Call', 'Reason'].includes(name))).toEqual(
    [],
  );
});

test('neither token nor URL is in what the functions write', () => {
  const written = deployment.dispatcher.output + deployment.completion.output;
  expect(written).not.toContain(deployment.sandbox.accessToken);
  expect(written).not.toContain('X-Amz-Signature');
});

test('an event of the schedule that is too old is left alone', async () => {
  const scheduledTime = new Date(Date.now() - 91_000).toISOString();
  expect(await deployment.dispatcher.invoke({ scheduledTime })).toEqual({
    kind: 'response',
    payload: { ended: 'stale' },
  });
});

test('what cannot be read fails alone', async () => {
  const record = (messageId: string, body: string): object => ({ messageId, body, attributes: {} });
  const key = encodeURIComponent('attempts/batches/1/0123456789ab/1/result.json');
  const Records = [
    record('garbage', 'no JSON'),
    record('test-event', JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent' })),
    record('over', JSON.stringify({ Records: [{ eventSource: 'aws:s3', s3: { object: { key } } }] })),
    record('stranger', JSON.stringify({ Records: [] })),
  ];
  expect(await deployment.completion.invoke({ Records })).toEqual({
    kind: 'response',
    payload: { batchItemFailures: [{ itemIdentifier: 'garbage' }, { itemIdentifier: 'stranger' }] },
  });
});

interface Emf {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

function metricNames({ Metrics }: Emf['_aws']['CloudWatchMetrics'][number]): readonly string[] {
  return Metrics.map(({ Name }) => Name);
}
