// What leads to the results queue, each way by itself: news of attempts that nobody knows, which completion leaves alone
// and tells of in its log.
import { describe, expect, test } from '@jest/globals';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Stage, UseStage } from '../stage.ts';
import { CLUSTER_ARN, POOL } from '../world.ts';

const MINUTE = 60_000;
const attempt = (job: number): string => `batches/${job}/0123456789ab/1`;

export function wiring(stage: UseStage): void {
  describe('the results queue hears', () => {
    test(
      'of results in the bucket, and of no other object',
      async () => {
        const { deployed } = stage();
        await put(stage(), `attempts/${attempt(9001)}/payload.json`);
        await put(stage(), `elsewhere/${attempt(9002)}/result.json`);
        await put(stage(), `attempts/${attempt(9003)}/result.json`);
        await deployed.untilLogged('completion', ['"news":"result-stored"', attempt(9003)]);
        const log = (await deployed.log('completion')).join('\n');
        expect(log).not.toContain(attempt(9001));
        expect(log).not.toContain(attempt(9002));
      },
      MINUTE,
    );

    test(
      "of stopped tasks of this pool, and not of another pool's, cluster's or state's",
      async () => {
        const { deployed } = stage();
        await stopped(stage(), 9011, { group: 'family:other-0123' });
        await stopped(stage(), 9012, { clusterArn: CLUSTER_ARN.replace(POOL, 'other') });
        await stopped(stage(), 9013, { lastStatus: 'RUNNING' });
        await stopped(stage(), 9014, {});
        await deployed.untilLogged('completion', ['"news":"task-stopped"', attempt(9014)]);
        const log = (await deployed.log('completion')).join('\n');
        for (const job of [9011, 9012, 9013]) expect(log).not.toContain(attempt(job));
      },
      MINUTE,
    );
  });
}

async function put({ deployed, world }: Stage, key: string): Promise<void> {
  const bucket = await deployed.variable('dispatcher', 'bucketName');
  await world.account.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: '{}' }));
}

async function stopped({ world }: Stage, job: number, other: object): Promise<void> {
  const detail = {
    taskArn: `${CLUSTER_ARN.replace(':cluster/', ':task/')}/${job}`,
    clusterArn: CLUSTER_ARN,
    group: `family:${POOL}-0123`,
    lastStatus: 'STOPPED',
    startedBy: attempt(job),
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [],
    ...other,
  };
  const entry = { Source: 'aws.ecs', DetailType: 'ECS Task State Change', Detail: JSON.stringify(detail) };
  await world.account.events.send(new PutEventsCommand({ Entries: [entry] }));
}
