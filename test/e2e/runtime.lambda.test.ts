// What Lambda does to a function beside invoking it: it freezes it for hours, kills it at its time-out, and finds a bundle
// that cannot be imported. No job and no message is lost over any of it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mapEventSource } from '../doubles/lambda-runtime/event-source-mapping.ts';
import { Lambda } from '../doubles/lambda-runtime/lambda.ts';
import { type S3AndSqs, startS3AndSqs } from '../doubles/s3-and-sqs/start.ts';
import { deploy, type Deployment } from './deployment.ts';
import { dockerJob, out } from './jobs.ts';

const HOUR = 3_600_000;
/** Longer than servers keep an idle connection: Node's own close it after 5 s. */
const FROZEN_MS = 7_000;

describe('a frozen process', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy({ startupScript: 'echo by the script > prepared' });
  });
  afterAll(() => deployment.close());

  const job = (): ReturnType<typeof dockerJob> =>
    dockerJob(deployment.commit, [{ key: 'work', commands: ['cat prepared ../prepared 2>/dev/null || true'] }]);

  test('that wakes up an hour later, all of its connections closed, works as if nothing had been', async () => {
    const { aws, completion, dispatcher, sandbox } = deployment;
    const before = sandbox.rules.enqueue('codeintel', job());
    const first = dispatcher.invoke({});
    await deployment.finished(before);
    expect(await first).toEqual({ kind: 'response', payload: { ended: 'idle' } });
    const { starts } = dispatcher;

    await sleep(FROZEN_MS);
    for (const lambda of [dispatcher, completion]) lambda.clockOffsetMs = HOUR;
    aws.advance(HOUR);
    const after = sandbox.rules.enqueue('codeintel', job());
    const scheduledTime = new Date(Date.now() + HOUR).toISOString();
    expect(await dispatcher.invoke({ scheduledTime })).toEqual({ kind: 'response', payload: { ended: 'idle' } });
    await deployment.finished(after);
    expect(after).toMatchObject({ state: 'completed', marks: 1, dequeues: 1 });
    expect(out(after, 'step.docker.work')).toContain('by the script');
    expect(dispatcher.starts).toBe(starts);
  }, 120_000);
});

describe('a process that is frozen at work', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy();
  });
  afterAll(() => deployment.close());

  test('while it held the lease leaves when it thaws: its stand-by has gone on, and the job is marked once', async () => {
    const { dispatcher, sandbox } = deployment;
    const launches = (): number => deployment.ecs.calls.filter((call) => call === 'RunTask').length;
    const launched = launches();
    const long = sandbox.rules.enqueue(
      'codeintel',
      dockerJob(deployment.commit, [{ key: 'work', commands: ['sleep 16'] }]),
    );
    const first = dispatcher.invoke({});
    while (long.logs.length === 0) await sleep(20);
    const second = dispatcher.invoke({});
    while (!(await deployment.hasStandBy())) await sleep(20);

    const heardAt = long.heartbeatAt;
    const frozen = dispatcher.freezeOldest(12_000);
    // Somebody must go on while it is frozen, or the job would be given to others.
    while (long.heartbeatAt <= heardAt + 5_000 && long.state === 'processing') await sleep(20);
    await frozen;
    await deployment.finished(long);
    expect(long).toMatchObject({ state: 'completed', marks: 1, dequeues: 1, resets: 0 });
    const ends = await Promise.all([first, second]);
    expect(ends).toContainEqual({ kind: 'response', payload: { ended: 'idle' } });
    expect(launches()).toBe(launched + 1);
    for (let left = 100; left > 0 && (await deployment.leftovers()).length > 0; left--) await sleep(30);
    expect(await deployment.leftovers()).toEqual([]);
  }, 120_000);
});

describe('a function that fails before it can answer', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'runtime-'));
  let deployment: Deployment;
  let aws: S3AndSqs;
  let silent: Server;
  beforeAll(async () => {
    deployment = await deploy();
    aws = await startS3AndSqs({ visibilitySeconds: 1, receivesMax: 2 });
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    silent.closeAllConnections();
    silent.close();
    await aws.close();
    await deployment.close();
    rmSync(folder, { recursive: true });
  });

  /** Delivers one message to the function until nobody can handle it. */
  async function deadLetterOf(lambda: Lambda): Promise<void> {
    const mapping = mapEventSource(aws.sqs, aws.resultsQueueUrl, lambda);
    try {
      aws.sendResult('{"v":1,"message":{"kind":"mark-due","key":"batches/1/0123456789ab"}}');
      const before = aws.deadLetters().length;
      while (aws.deadLetters().length === before) await sleep(20);
    } finally {
      await mapping.close();
      await lambda.close();
    }
  }

  test('time-out: its process is killed, the next invocation gets a new one, the message is not lost', async () => {
    const { port } = silent.address() as AddressInfo;
    const environment = { ...deployment.environment, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` };
    const lambda = new Lambda({ file: deployment.bundle('completion'), environment, timeoutMs: 1_500 });
    const told = await lambda.invoke({
      Records: [
        {
          messageId: 'a',
          body: '{"v":1,"message":{"kind":"mark-due","key":"batches/1/0123456789ab"}}',
          attributes: {},
        },
      ],
    });
    expect(told).toMatchObject({ kind: 'error', errorType: 'Sandbox.Timedout' });
    await deadLetterOf(lambda);
    expect(lambda.starts).toBe(3);
    expect(lambda.output).toContain('Task timed out after 1.50 seconds');
  }, 60_000);

  test('a bundle that cannot be imported: each invocation fails with the reason, the message is not lost', async () => {
    const file = path.join(folder, 'cut', 'index.mjs');
    mkdirSync(path.dirname(file));
    const whole = readFileSync(deployment.bundle('completion'), 'utf8');
    writeFileSync(file, whole.slice(0, whole.length / 2));
    const lambda = new Lambda({ file, environment: deployment.environment, timeoutMs: 10_000 });
    expect(await lambda.invoke({ Records: [] })).toMatchObject({ kind: 'error', errorType: 'SyntaxError' });
    await deadLetterOf(lambda);
  }, 60_000);

  test('an import that throws: its reason is the answer, and a later start may work', async () => {
    const file = path.join(folder, 'throwing', 'index.mjs');
    mkdirSync(path.dirname(file));
    const flag = path.join(folder, 'mended');
    const bundle = JSON.stringify(deployment.bundle('completion'));
    writeFileSync(
      file,
      `import{existsSync}from'node:fs';if(!existsSync(${JSON.stringify(flag)}))throw new RangeError('not today');export const{handler}=await import(${bundle});`,
    );
    const lambda = new Lambda({ file, environment: deployment.environment, timeoutMs: 10_000 });
    try {
      expect(await lambda.invoke({ Records: [] })).toEqual({
        kind: 'error',
        errorType: 'RangeError',
        errorMessage: 'not today',
        stackTrace: expect.anything(),
      });
      writeFileSync(flag, '');
      expect(await lambda.invoke({ Records: [] })).toEqual({ kind: 'response', payload: { batchItemFailures: [] } });
    } finally {
      await lambda.close();
    }
  }, 60_000);
});
