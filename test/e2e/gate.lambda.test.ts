// A stack that is deleted while jobs run: the gate stops the tasks, the dispatcher leaves, and CloudFormation is answered.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { deploy, type Deployment } from './deployment.ts';
import { dockerJob } from './jobs.ts';

let deployment: Deployment;
let cloudFormation: Server;
let url: string;
const answers: { readonly body: Readonly<Record<string, unknown>>; readonly contentType: string | undefined }[] = [];

beforeAll(async () => {
  deployment = await deploy();
  cloudFormation = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
      answers.push({ body, contentType: request.headers['content-type'] });
      response.end();
    });
  });
  await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(cloudFormation.address() as AddressInfo).port}/answer?X-Amz-Signature=0`;
});
afterAll(async () => {
  await deployment.close();
  cloudFormation.closeAllConnections();
  cloudFormation.close();
});

const request = (RequestType: string): object => ({
  RequestType,
  ResponseURL: url,
  StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/executor/0',
  RequestId: RequestType,
  LogicalResourceId: 'Gate',
  ResourceType: 'Custom::ExecutorGate',
});

test('of a stack that is made it is open', async () => {
  await deployment.gate.invoke(request('Create'));
  expect(answers.at(-1)?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'Gate', RequestId: 'Create' });
  // The URL is signed for an answer without one.
  expect(answers.at(-1)?.contentType).toBeUndefined();
});

test('of a stack that is deleted it is closed: tasks stop, dispatchers leave, nothing starts', async () => {
  const { commit, dispatcher, ecs, gate, sandbox } = deployment;
  const job = sandbox.rules.enqueue('codeintel', dockerJob(commit, [{ key: 'long', commands: ['sleep 300'] }]));
  const working = dispatcher.invoke({});
  while (job.logs.length === 0) await sleep(20);

  await gate.invoke(request('Delete'));
  expect(answers.at(-1)?.body).toMatchObject({
    Status: 'SUCCESS',
    RequestId: 'Delete',
    Reason: 'the gate is closed, 1 tasks were stopped',
  });
  expect([...ecs.tasks.values()].map(({ lastStatus }) => lastStatus)).toEqual(['STOPPED']);
  // It may see the end of its only job a moment before it looks at the lease again.
  expect(['left', 'idle']).toContainEqual(((await working) as { payload?: { ended: string } }).payload?.ended);
  expect(await dispatcher.invoke({})).toEqual({ kind: 'response', payload: { ended: 'left' } });
  expect(ecs.tasks.size).toBe(1);
  const told = await deployment.status.invoke({});
  expect(JSON.stringify(told)).toContain('the gate is closed');

  // A deletion that failed later, and a deployment again.
  await gate.invoke(request('Update'));
  expect(await dispatcher.invoke({})).not.toEqual({ kind: 'response', payload: { ended: 'left' } });
}, 120_000);
