// A completion that cannot work: what it should have handled waits as dead letters, and loses nothing.
import { expect, test } from '@jest/globals';
import { UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SetQueueAttributesCommand, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { deadResultsQueueName, functionName, resultsQueueName } from '#settings/pool-names.ts';
import { SETTINGS } from '#settings/table.ts';
import { dockerJob } from '../../e2e/jobs.ts';
import { queueUrl } from '../deployed.ts';
import type { Stage, UseStage } from '../stage.ts';
import { until } from '../until.ts';
import { POOL } from '../world.ts';

const MINUTE = 60_000;

export function deadLetters(stage: UseStage): void {
  test(
    'what a broken completion cannot handle fills the dead-letter queue; mended and redriven, the job is marked',
    async () => {
      const { deployed, world } = stage();
      const [results, dead] = [queueUrl(resultsQueueName(POOL)), queueUrl(deadResultsQueueName(POOL))];
      // As deployed, five deliveries take half an hour.
      const given = await visibility(stage(), results);
      await setVisibility(stage(), results, '1');
      const mend = await breakCompletion(stage());
      const job = stage().enqueue('codeintel', dockerJob(world.commit, [{ key: 'hi', commands: ['true'] }]));
      await deployed.fireSchedule();
      // The result and the event of the stopped task.
      await until(
        'all that was to be handled is dead',
        120,
        async () => (await waiting(stage(), dead)) > 0 && (await waiting(stage(), results)) === 0,
      );
      expect(job).toMatchObject({ state: 'processing', marks: 0 });

      await mend();
      await setVisibility(stage(), results, given);
      await world.account.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: await redriveSource(stage()) }));
      await stage().finish(job, 90);
      expect(job).toMatchObject({ state: 'completed', marks: 1, dequeues: 1, resets: 0 });
      await until('no dead letter is left', 30, async () => (await waiting(stage(), dead)) === 0);
    },
    6 * MINUTE,
  );
}

/** Resolves to the way back. */
async function breakCompletion({ deployed, world }: Stage): Promise<() => Promise<void>> {
  const { lambda } = world.account;
  const FunctionName = functionName(POOL, 'completion');
  const given = await deployed.environment('completion');
  const set = async (Variables: Record<string, string>): Promise<void> => {
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
    const updated = async (): Promise<boolean> =>
      (await deployed.configuration('completion')).LastUpdateStatus === 'Successful';
    await until('completion is updated', 30, updated);
  };
  await set({ ...given, [SETTINGS.frontendUrl.name]: 'nowhere' });
  return () => set({ ...given });
}

async function visibility({ world }: Stage, queue: string): Promise<string> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ['VisibilityTimeout'] });
  return (await world.account.sqs.send(command)).Attributes?.VisibilityTimeout ?? '';
}

async function setVisibility({ world }: Stage, queue: string, seconds: string): Promise<void> {
  const Attributes = { VisibilityTimeout: seconds };
  await world.account.sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue, Attributes }));
}

/** Those that are being handled included. */
async function waiting({ world }: Stage, queue: string): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const command = new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: [...names] });
  const { Attributes: counts } = await world.account.sqs.send(command);
  return names.reduce((sum, name) => sum + Number(counts?.[name]), 0);
}

/** From the command that the stack's output tells the operator. */
async function redriveSource({ folder }: Stage): Promise<string> {
  const outputs = await readFile(path.join(folder, 'outputs.json'), 'utf8');
  return /start-message-move-task [^"]*--source-arn (\S+?)["\\]/.exec(outputs)?.[1] ?? '';
}
