// The wire of AWS's JSON services (protocol 1.1): one POST a call, the operation in a header, errors by `__type`. It can
// spoil an answer after the call has taken effect, as networks do.
import { createServer, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Loopback, serveOnLoopback } from './loopback.ts';

export interface AwsJsonError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly resourceIds?: readonly string[];
}

export interface AwsJsonAnswer {
  readonly answer:
    { readonly kind: 'answer'; readonly body: object } | { readonly kind: 'error'; readonly error: AwsJsonError };
  /** How the answer goes astray. */
  readonly lost?: 'reset' | 'hang' | 'truncated' | 'empty' | 'error-500' | 'html-503';
}

export type AwsJsonServer = Loopback;

/** `call`: of an operation by its bare name. */
export async function serveAwsJson(call: (operation: string, input: unknown) => AwsJsonAnswer): Promise<AwsJsonServer> {
  const server = createServer((request, response) => {
    void json(request).then((input) => {
      const operation = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
      send(response, call(operation, input));
    });
  });
  return serveOnLoopback(server);
}

function send(response: ServerResponse, { answer, lost }: AwsJsonAnswer): void {
  if (lost === 'hang') return;
  if (lost === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (lost === 'html-503') {
    response.writeHead(503, { 'content-type': 'text/html' }).end('<html>Service Unavailable</html>');
    return;
  }
  const error =
    lost === 'error-500' ? { status: 500, type: 'ServerException', message: 'Service Unavailable.' } : undefined;
  const failed = error ?? (answer.kind === 'error' ? answer.error : undefined);
  const { status = 200, type, ...rest } = failed ?? {};
  const body = JSON.stringify(type === undefined && answer.kind === 'answer' ? answer.body : { __type: type, ...rest });
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'double' });
  response.end(lost === 'empty' ? '' : lost === 'truncated' ? body.slice(0, body.length / 2) : body);
}
