// The status as an administrator asks for it: through the bundled function, of a pool that is well, busy, and broken.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { deploy, type Deployment, IMAGE, TOKEN_ARN } from './deployment.ts';
import { dockerJob } from './jobs.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy();
  deployment.images.add(IMAGE);
});
afterAll(() => deployment.close());

const ReportSchema = z.object({
  verdict: z.string(),
  text: z.string(),
  checks: z.array(z.object({ name: z.string(), verdict: z.string(), text: z.string(), fix: z.string().optional() })),
  lines: z.array(z.looseObject({ job: z.string().optional(), failure: z.string().optional(), message: z.string() })),
});

async function status(): Promise<z.output<typeof ReportSchema> & { of(name: string): object }> {
  const invoked = await deployment.status.invoke({});
  if (invoked.kind === 'error') throw new Error(JSON.stringify(invoked));
  const report = ReportSchema.parse(invoked.payload);
  return { ...report, of: (name) => report.checks.find((check) => check.name === name) ?? {} };
}

test('before the first invocation of the dispatcher it says that none has come', async () => {
  const told = await status();
  expect(told.of('Dispatcher')).toMatchObject({ verdict: 'problem', text: 'none has ever come' });
  expect(told.of('Sourcegraph')).toMatchObject({ verdict: 'ok', text: expect.stringContaining('batches, codeintel') });
  expect(told.of('Runner image')).toMatchObject({ verdict: 'ok' });
  expect(told.of('vCPU quota')).toMatchObject({
    verdict: 'ok',
    text: expect.stringContaining('64 jobs of 1 vCPU fit'),
  });
  expect(told.verdict).toBe('problem');
});

test('of a pool at work: who works, what runs, and afterwards what failed, in a text for a terminal', async () => {
  const { commit, dispatcher, sandbox } = deployment;
  const steps = [{ key: 'bad', commands: ['sleep 4; exit 7'] }];
  const job = sandbox.rules.enqueue('codeintel', dockerJob(commit, steps));
  const invoked = dispatcher.invoke({});
  while (job.logs.length === 0) await sleep(20);
  const busy = await status();
  expect(busy.of('Dispatcher')).toMatchObject({ verdict: 'ok', text: expect.stringContaining('one works') });
  expect(busy.of('Jobs')).toMatchObject({
    text: expect.stringMatching(/^1 in flight of at most 4: 1 (starting|running)$/),
  });
  await deployment.finished(job);
  await invoked;

  const told = await status();
  expect(told.of('Dispatcher')).toMatchObject({ verdict: 'ok', text: expect.stringContaining('once a minute') });
  expect(told.of('Jobs')).toMatchObject({ verdict: 'ok', text: '0 in flight of at most 4' });
  expect(told.of('Messages')).toMatchObject({ verdict: 'ok' });
  expect(told.of('Logs')).toMatchObject({ verdict: 'warning', text: expect.stringContaining('1 jobs failed') });
  expect(told.lines).toContainEqual(expect.objectContaining({ job: `${job.id} of codeintel`, failure: 'step' }));
  expect(told.text).toMatch(/ok +Sourcegraph +http/);
  expect(told.text).toMatch(new RegExp(`job ${job.id} of codeintel: failed \\(step\\): .*exit code 7`));
  expect(told.text).toContain('https://eu-west-1.console.aws.amazon.com/cloudwatch/');
  expect(told.text).not.toContain(sandbox.accessToken);
}, 30_000);

test('each thing that is broken is said, and none keeps the others from being told', async () => {
  deployment.secrets.set(TOKEN_ARN, 'rotated-elsewhere');
  deployment.images.clear();
  deployment.aws.sendDeadLetter('{}');
  const fresh = deployment.newStatus();
  try {
    const invoked = await fresh.invoke({});
    if (invoked.kind === 'error') throw new Error(JSON.stringify(invoked));
    const told = ReportSchema.parse(invoked.payload);
    const of = (name: string): unknown => told.checks.find((check) => check.name === name);
    expect(of('Sourcegraph')).toMatchObject({
      verdict: 'problem',
      text: expect.stringContaining('executors.accessToken'),
    });
    expect(of('Runner image')).toMatchObject({ verdict: 'problem', text: expect.stringContaining('is not there') });
    expect(of('Messages')).toMatchObject({ verdict: 'problem', fix: expect.stringContaining('RedriveCommand') });
    expect(of('vCPU quota')).toMatchObject({ verdict: 'ok' });
    expect(told.text).toContain('3 problems');
  } finally {
    await fresh.close();
  }
});

test('a secret that is not there is named', async () => {
  deployment.secrets.delete(TOKEN_ARN);
  const fresh = deployment.newStatus();
  try {
    const invoked = await fresh.invoke({});
    expect(JSON.stringify(invoked)).toContain(`the secret ${TOKEN_ARN}: ResourceNotFoundException`);
    expect(invoked).toMatchObject({ kind: 'response', payload: { verdict: 'problem' } });
  } finally {
    await fresh.close();
  }
});
