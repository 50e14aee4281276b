// Completion's handler: messages of the results queue, each answered for itself. A message that cannot be read, or whose
// handling failed, fails alone: the queue delivers it again, and moves it to the dead-letter queue in the end.
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { complete } from '#jobs/complete/complete.ts';
import type { ResultMessage } from '#jobs/world.ts';
import { parseDeployedSettings } from '#settings/parse.ts';
import { openStores } from '../aws/deployed-world.ts';
import { clock, random } from '../clock-and-chance.ts';
import { jobResources } from '#settings/job-resources.ts';
import { connect } from '../connect.ts';
import { InvalidSettings } from '../invalid-settings.ts';
import { jobOptions } from '../job-options.ts';
import { LambdaJournal } from '../lambda-journal.ts';
import { once } from '../once.ts';
import { parseMessage } from './parse-message.ts';

const open = once(async () => {
  const parsed = parseDeployedSettings({ ...process.env }, 'completion');
  if (parsed.kind === 'invalid') throw new InvalidSettings(parsed);
  const { settings, deployment } = parsed;
  const journal = new LambdaJournal({ functionName: 'completion', logLevel: settings.logLevel, ...deployment });
  const { instance } = await connect({
    settings,
    deployment,
    resources: jobResources(settings),
    trace: (exchange) => journal.log('info', 'request to Sourcegraph', { ...exchange }),
  });
  const world = { clock, random, instance, journal, ...openStores(deployment, { clock, random }) };
  return { journal, world, options: jobOptions(settings, deployment) };
});

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const { journal } = await open();
  journal.startInvocation(context.awsRequestId);
  try {
    return await processPartialResponse(event, handleRecord, new BatchProcessor(EventType.SQS), {
      context,
      throwOnFullBatchFailure: false,
    });
  } finally {
    journal.publish();
  }
}

/** Throws for whatever is to be delivered again. */
async function handleRecord(record: SQSRecord): Promise<void> {
  const { journal, options, world } = await open();
  const fields = { messageId: record.messageId, received: record.attributes.ApproximateReceiveCount };
  const parsed = parseMessage(record.body);
  try {
    if (parsed.kind === 'unreadable') throw new Error(`a message of the results queue cannot be read: ${parsed.why}`);
    for (const message of parsed.messages) {
      const completed = await complete(world, options, message);
      if (completed.kind === 'retry') throw new Error(completed.why);
      if (completed.kind === 'ignored') {
        journal.log('debug', 'a message is left alone', { ...fields, why: completed.why, ...subject(message) });
      }
    }
  } catch (error) {
    journal.log('error', 'a message failed and will be delivered again', { ...fields, error });
    throw error;
  }
}

function subject(message: ResultMessage): { readonly news: string; readonly attempt?: string; readonly key?: string } {
  switch (message.kind) {
    case 'result-stored':
      return { news: message.kind, attempt: message.attempt };
    case 'task-stopped':
      return { news: message.kind, attempt: message.stopped.attempt };
    case 'mark-due':
      return { news: message.kind, key: message.key };
  }
}
