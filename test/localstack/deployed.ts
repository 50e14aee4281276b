// The deployed stack as an operator reaches it: by the names that follow from its pool's.
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  GetFunctionConfigurationCommand,
  type GetFunctionConfigurationCommandOutput,
  InvokeCommand,
} from '@aws-sdk/client-lambda';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetScheduleCommand, type GetScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import { type FunctionPart, functionName, logGroupName } from '#settings/pool-names.ts';
import { DEPLOYMENT } from '#settings/deployment.ts';
import { type Account, ACCOUNT } from './account.ts';
import { until } from './until.ts';
import { POOL } from './world.ts';

/** The client of the account knows the host. */
export const queueUrl = (name: string): string => `http://localhost/${ACCOUNT}/${name}`;

export class Deployed {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async environment(part: FunctionPart): Promise<Readonly<Record<string, string>>> {
    return (await this.configuration(part)).Environment?.Variables ?? {};
  }

  configuration(part: FunctionPart): Promise<GetFunctionConfigurationCommandOutput> {
    return this.#account.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName(POOL, part) }));
  }

  /** A variable of the deployed function. */
  async variable(part: FunctionPart, row: keyof typeof DEPLOYMENT): Promise<string> {
    return (await this.environment(part))[DEPLOYMENT[row].name] ?? '';
  }

  schedule(): Promise<GetScheduleCommandOutput> {
    return this.#account.scheduler.send(new GetScheduleCommand({ Name: `${POOL}-dispatcher` }));
  }

  /** What the schedule does each minute: an asynchronous call of its target with its input. */
  async fireSchedule(): Promise<void> {
    const { Target: target } = await this.schedule();
    const input = target?.Input?.replace('<aws.scheduler.scheduled-time>', new Date().toISOString()) ?? '';
    await this.#account.lambda.send(
      new InvokeCommand({ FunctionName: target?.Arn, InvocationType: 'Event', Payload: Buffer.from(input) }),
    );
  }

  /** Waits for the function's answer. */
  async invoke(part: FunctionPart, event: object): Promise<unknown> {
    const answer = await this.#account.lambda.send(
      new InvokeCommand({ FunctionName: functionName(POOL, part), Payload: Buffer.from(JSON.stringify(event)) }),
    );
    return JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8')) as unknown;
  }

  /** The lines of the function in its log group, oldest first. */
  async log(part: FunctionPart): Promise<readonly string[]> {
    const lines: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.#account.logs.send(
        new FilterLogEventsCommand({ logGroupName: logGroupName(POOL, part), nextToken }),
      );
      lines.push(...(page.events ?? []).map(({ message }) => message ?? ''));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return lines;
  }

  /** Waits for a line of the function with all of these words. */
  async untilLogged(part: FunctionPart, words: readonly string[], seconds = 60): Promise<void> {
    await until(`the ${part} logs ${words.join(', ')}`, seconds, async () =>
      (await this.log(part)).some((line) => words.every((word) => line.includes(word))),
    );
  }

  /** What is left of jobs in table and bucket, by key. */
  async leftovers(): Promise<readonly string[]> {
    const { dynamoDb, s3 } = this.#account;
    const [tableName, bucket] = [
      await this.variable('dispatcher', 'tableName'),
      await this.variable('dispatcher', 'bucketName'),
    ];
    const { Items: items = [] } = await dynamoDb.send(new ScanCommand({ TableName: tableName }));
    const { Contents: objects = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    const records = items.filter((item) => item['key'] !== undefined || item['pk']?.S === 'job');
    return [
      ...records.map((item) => `${item['pk']?.S ?? ''}/${item['sk']?.S ?? ''}`),
      ...objects.map(({ Key }) => Key ?? ''),
    ];
  }
}
