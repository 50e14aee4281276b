// The gate's handler: a custom resource of the stack, which CloudFormation tells of its creation, changes and deletion. It
// must be answered in any case, or CloudFormation waits for an hour.
// Source: AWS CloudFormation User Guide, "Custom resource request and response objects".
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { parseDeployment } from '#settings/parse.ts';
import { openGate } from '../aws/deployed-gate.ts';
import { clock, random } from '../clock-and-chance.ts';
import { InvalidSettings } from '../invalid-settings.ts';
import { closeGate } from './close-gate.ts';

const EventSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
});
type Event = z.output<typeof EventSchema>;

/** Left for the answer. */
const ANSWER_MS = 15_000;
/** CloudFormation takes 4,096 bytes in all. */
const REASON_MAX = 1_000;

type Answer = { readonly status: 'SUCCESS' | 'FAILED'; readonly reason: string };

export async function handler(input: unknown, context: Context): Promise<void> {
  const event = EventSchema.parse(input);
  await send(event, await act(event, clock.now() + context.getRemainingTimeInMillis() - ANSWER_MS));
}

async function act(event: Event, until: number): Promise<Answer> {
  try {
    const parsed = parseDeployment({ ...process.env }, 'gate');
    if (parsed.kind === 'invalid') throw new InvalidSettings(parsed);
    const { lease, tasks } = openGate(parsed.deployment, random);
    if (event.RequestType !== 'Delete') {
      await lease.open();
      return { status: 'SUCCESS', reason: 'the gate is open' };
    }
    const closed = await closeGate({ clock, lease, tasks }, until);
    return closed.kind === 'closed'
      ? { status: 'SUCCESS', reason: `the gate is closed, ${closed.stopped} tasks were stopped` }
      : { status: 'FAILED', reason: closed.why };
  } catch (error) {
    // Whatever it was, whoever deletes the stack reads it there.
    return { status: 'FAILED', reason: error instanceof Error ? error.message : String(error) };
  }
}

async function send(event: Event, { status, reason }: Answer): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, RequestType } = event;
  console.log(JSON.stringify({ level: status === 'SUCCESS' ? 'INFO' : 'ERROR', message: reason, RequestType }));
  const body = JSON.stringify({
    Status: status,
    Reason: reason.slice(0, REASON_MAX),
    // The same for ever: another one would make CloudFormation delete the old.
    PhysicalResourceId: LogicalResourceId,
    StackId,
    RequestId,
    LogicalResourceId,
  });
  // Bytes and not a text: the URL is signed for an answer without a content type.
  const answer = await fetch(event.ResponseURL, { method: 'PUT', body: Buffer.from(body) });
  if (!answer.ok) throw new Error(`CloudFormation did not take the answer: HTTP ${answer.status}`);
}
