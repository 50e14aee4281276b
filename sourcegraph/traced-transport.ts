// Tells of each request to Sourcegraph: what was asked, what came back, how long it took. Never headers or bodies, which
// hold tokens and code.
import type { HttpTransport } from './http.ts';

export interface TracedExchange {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** An HTTP status, or why there was none. */
  readonly answer: number | string;
  readonly durationMs: number;
}

export function tracedTransport(
  transport: HttpTransport,
  tell: (exchange: TracedExchange) => void,
  now: () => number,
): HttpTransport {
  return {
    send: async (request) => {
      const since = now();
      const answer = await transport.send(request);
      tell({
        method: request.method,
        path: request.url.pathname,
        answer: answer.kind === 'response' ? answer.status : answer.detail,
        durationMs: now() - since,
      });
      return answer;
    },
    close: () => transport.close(),
  };
}
