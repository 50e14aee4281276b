// From an empty account to an executor that is connected, by way of the mistakes that are made on it.
import { describe, expect, test } from '@jest/globals';
import { DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { functionName } from '#settings/pool-names.ts';
import type { Report } from '#functions/status/report.ts';
import { UNSUPPORTED_TYPES } from '../not-run.ts';
import type { UseStage } from '../stage.ts';
import { until } from '../until.ts';
import { POOL, TOKEN_SECRET } from '../world.ts';

const MINUTE = 60_000;

export function firstDeployment(stage: UseStage): void {
  describe('a first deployment', () => {
    test(
      'with a wrong context is refused with its fix, and nothing is made',
      async () => {
        const { before, world } = stage();
        const ended = await world.cdk.deploy({ ...world.context, capacity: 'cheap' }, '/dev/null');
        expect(ended.output).toContain('capacity must be one of on-demand, spot, spot-with-fallback');
        expect(ended.code).not.toBe(0);
        expect(await stage().inventory()).toEqual(before);
      },
      MINUTE,
    );

    test(
      'is one command',
      async () => {
        const { folder, world } = stage();
        const outputsFile = path.join(folder, 'outputs.json');
        const ended = await world.cdk.deploy(world.context, outputsFile);
        if (ended.code !== 0) throw new Error(ended.output);
        const outputs = JSON.parse(await readFile(outputsFile, 'utf8')) as Record<string, Record<string, string>>;
        const names = Object.keys(outputs[POOL] ?? {}).map((name) => name.replace(/^Executor|[0-9A-F]{8}$/g, ''));
        expect(names.sort()).toEqual([
          'AlarmsCommand',
          'CompletionFunction',
          'DashboardUrl',
          'DispatcherFunction',
          'LogCommand',
          'RedriveCommand',
          'ResultsQueueUrl',
          'StatusCommand',
        ]);
      },
      4 * MINUTE,
    );

    test('has made all but the kinds of resources that LocalStack does not know', async () => {
      const { StackEvents: events = [] } = await stage().world.account.cloudFormation.send(
        new DescribeStackEventsCommand({ StackName: POOL }),
      );
      const notMade = events.filter(({ ResourceStatusReason: reason }) => reason?.includes('not supported'));
      expect([...new Set(notMade.map(({ ResourceType }) => ResourceType))].sort()).toEqual(UNSUPPORTED_TYPES);
    });

    test(
      'without its secret fails visibly and names the secret',
      async () => {
        const { deployed, world } = stage();
        // The first works on it, the second stands by, and the third fails when the fourth takes its place.
        for (let minute = 1; minute <= 4; minute++) await deployed.fireSchedule();
        await deployed.untilLogged('dispatcher', ['ResourceNotFoundException', `:secret:${TOKEN_SECRET}`]);
        await until("Lambda's error metric", 120, async () => {
          const { Datapoints: points = [] } = await world.account.cloudWatch.send(
            new GetMetricStatisticsCommand({
              Namespace: 'AWS/Lambda',
              MetricName: 'Errors',
              Dimensions: [{ Name: 'FunctionName', Value: functionName(POOL, 'dispatcher') }],
              StartTime: new Date(Date.now() - 3_600_000),
              EndTime: new Date(Date.now() + MINUTE),
              Period: 3600,
              Statistics: ['Sum'],
            }),
          );
          return points.some(({ Sum }) => (Sum ?? 0) >= 1);
        });
      },
      4 * MINUTE,
    );

    test(
      'finds the secret when it is there, and says that nothing listens at the frontend',
      async () => {
        const { deployed, world } = stage();
        await world.account.secrets.send(
          new CreateSecretCommand({ Name: TOKEN_SECRET, SecretString: 'the token of yesterday' }),
        );
        const { frontendUrl } = world.context;
        await deployed.untilLogged('dispatcher', [`nothing listens at ${frontendUrl}`, 'EXECUTOR_FRONTEND_URL']);
      },
      MINUTE,
    );

    test(
      'finds the instance when it is up, and says that it does not accept the token',
      async () => {
        const { deployed } = stage();
        await stage().startSourcegraph();
        await deployed.untilLogged('dispatcher', ['does not accept the token', 'executors.accessToken']);
      },
      MINUTE,
    );

    test(
      'takes the rotated token without a restart, and finds the queue empty',
      async () => {
        const { deployed, sandbox, world } = stage();
        await world.account.secrets.send(
          new PutSecretValueCommand({ SecretId: TOKEN_SECRET, SecretString: sandbox.accessToken }),
        );
        await deployed.untilLogged('dispatcher', ['"end":"idle"']);
      },
      MINUTE,
    );

    test(
      'is connected, says the status function, as far as LocalStack lets it look',
      async () => {
        const { checks, text } = (await stage().deployed.invoke('status', {})) as Report;
        expect(text).toContain(`Executor pool ${POOL} in us-east-1`);
        const { frontendUrl = '' } = stage().world.context;
        const connection = checks.find(({ name }) => name === 'Sourcegraph');
        expect(connection?.text).toContain(`${frontendUrl} is there and takes the token`);
        expect(connection?.verdict).toBe('ok');
      },
      MINUTE,
    );
  });
}
