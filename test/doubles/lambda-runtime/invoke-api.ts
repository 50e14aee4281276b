// Lambda's Invoke as far as it is used: asynchronous, answered before the function has begun.
// Source: AWS Lambda API Reference, "Invoke": 202 for `Event`, 404 ResourceNotFoundException, 429 TooManyRequestsException.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Loopback, serveOnLoopback } from '../loopback.ts';
import type { Invoked } from './lambda.ts';

export interface InvokeApi extends Loopback {
  /** How each invocation that it has accepted ended, in their order. */
  readonly accepted: readonly Promise<Invoked>[];
  /** Answers every call with 429. */
  busy: boolean;
}

/** `invoke`: undefined when there is no function of that name. */
export async function startInvokeApi(
  invoke: (functionName: string, event: unknown) => Promise<Invoked> | undefined,
): Promise<InvokeApi> {
  const accepted: Promise<Invoked>[] = [];
  const server = createServer((request, response) => void answer(request, response));
  const api = { ...(await serveOnLoopback(server)), accepted, busy: false };
  return api;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const event = await json(request);
    const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '')?.[1] ?? '';
    if (request.headers['x-amz-invocation-type'] !== 'Event') refuse(response, 400, 'InvalidParameterValueException');
    else if (api.busy) refuse(response, 429, 'TooManyRequestsException');
    else {
      const invoked = invoke(decodeURIComponent(name), event);
      if (invoked === undefined) {
        refuse(response, 404, 'ResourceNotFoundException');
        return;
      }
      accepted.push(invoked);
      response.writeHead(202).end();
    }
  }
}

function refuse(response: ServerResponse, status: number, type: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
  response.end(JSON.stringify({ Type: 'User', message: type }));
}
