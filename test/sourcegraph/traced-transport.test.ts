import { expect, test } from '@jest/globals';
import type { HttpTransport } from '#sourcegraph/http.ts';
import { type TracedExchange, tracedTransport } from '#sourcegraph/traced-transport.ts';

const request = {
  method: 'POST',
  url: new URL('https://sourcegraph.example.com/.executors/queue/batches/dequeue?secret=1'),
  headers: { Authorization: 'token-executor hunter2' },
  body: '{"code":"private"}',
  timeoutMs: 1_000,
  answerBytesMax: 1_000,
} as const;

async function traced(answer: Awaited<ReturnType<HttpTransport['send']>>): Promise<TracedExchange[]> {
  const told: TracedExchange[] = [];
  let now = 100;
  const inner: HttpTransport = { send: () => Promise.resolve(((now = 142), answer)), close: () => undefined };
  const seen = await tracedTransport(
    inner,
    (exchange) => told.push(exchange),
    () => now,
  ).send(request);
  expect(seen).toBe(answer);
  return told;
}

test('an answer is told by its status, without headers, query and bodies', async () => {
  const told = await traced({ kind: 'response', status: 204, headers: {}, body: Buffer.from('private') });
  expect(told).toEqual([{ method: 'POST', path: '/.executors/queue/batches/dequeue', answer: 204, durationMs: 42 }]);
});

test('a failure is told by its reason', async () => {
  const failure = { why: 'refused', detail: 'connect ECONNREFUSED', mayHaveTakenEffect: false, staleConnection: false };
  const told = await traced({ kind: 'failure', ...failure } as Awaited<ReturnType<HttpTransport['send']>>);
  expect(told).toMatchObject([{ answer: 'connect ECONNREFUSED' }]);
});
