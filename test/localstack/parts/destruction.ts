// `cdk destroy`, and what is left.
import { expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { DeleteSecretCommand } from '@aws-sdk/client-secrets-manager';
import type { EcsTask } from '../../doubles/ecs/task.ts';
import { dockerJob } from '../../e2e/jobs.ts';
import type { UseStage } from '../stage.ts';
import { until } from '../until.ts';
import { TOKEN_SECRET } from '../world.ts';

const MINUTE = 60_000;

export function destruction(stage: UseStage): void {
  test(
    'before anything is deleted the gate stops the task that runs, and answers CloudFormation',
    async () => {
      const { deployed, world } = stage();
      const cloudFormation = await listenForAnswer();
      stage().enqueue('codeintel', dockerJob(world.commit, [{ key: 'long', commands: ['sleep 600'] }]));
      await deployed.fireSchedule();
      const task = (): EcsTask | undefined => [...world.ecs.tasks.values()].at(-1);
      await until('the task runs', 60, () => task()?.lastStatus === 'RUNNING');
      await deployed.invoke('gate', {
        RequestType: 'Delete',
        ResponseURL: cloudFormation.url,
        StackId: 'stack',
        RequestId: 'request',
        LogicalResourceId: 'gate',
      });
      expect(await cloudFormation.answer).toMatchObject({
        Status: 'SUCCESS',
        Reason: 'the gate is closed, 1 tasks were stopped',
      });
      expect(task()).toMatchObject({ lastStatus: 'STOPPED', stoppedReason: 'the executor is being deleted' });
    },
    4 * MINUTE,
  );

  test(
    'cdk destroy leaves nothing behind',
    async () => {
      const { before, world } = stage();
      const secret = `secret ${TOKEN_SECRET}`;
      expect(await stage().inventory()).toEqual(expect.arrayContaining([...before, secret]));
      const destroyed = await world.cdk.destroy(world.context);
      if (destroyed.code !== 0) throw new Error(destroyed.output);
      // The operator's own, as the VPC and the roles that were there before.
      expect(await stage().inventory()).toEqual([...before, secret].sort());
      await world.account.secrets.send(
        new DeleteSecretCommand({ SecretId: TOKEN_SECRET, ForceDeleteWithoutRecovery: true }),
      );
    },
    3 * MINUTE,
  );
}

interface CloudFormation {
  readonly url: string;
  readonly answer: Promise<unknown>;
}

/** The place where a custom resource puts its answer. */
async function listenForAnswer(): Promise<CloudFormation> {
  const server = createServer();
  const answer = new Promise<unknown>((resolve) => {
    server.once('request', (request, response) => {
      void json(request).then((body) => {
        response.end();
        server.close();
        resolve(body);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`, answer };
}
