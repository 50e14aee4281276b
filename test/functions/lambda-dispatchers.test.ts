// A stand-by that the dispatcher starts by itself: what goes over the wire, and what each answer of Lambda means.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ONCE } from '#functions/aws/client-settings.ts';
import { LambdaDispatchers } from '#functions/aws/lambda-dispatchers.ts';
import { DispatcherEventSchema } from '#functions/dispatcher/event.ts';
import { type InvokeApi, startInvokeApi } from '../doubles/lambda-runtime/invoke-api.ts';
import { TEST_ACCOUNT } from '../doubles/test-account.ts';

const events: unknown[] = [];
let api: InvokeApi;
beforeAll(async () => {
  api = await startInvokeApi((name, event) => {
    if (name !== 'pool-dispatcher') return undefined;
    events.push(event);
    return Promise.resolve({ kind: 'response', payload: null });
  });
});
afterAll(() => api.close());

const dispatchersAt = (endpoint: string, name = 'pool-dispatcher'): LambdaDispatchers =>
  new LambdaDispatchers(new LambdaClient({ ...ONCE, ...TEST_ACCOUNT, endpoint }), name);
const never = (): AbortSignal => new AbortController().signal;

test('it is accepted, and told to stand by in words that the handler reads', async () => {
  expect(await dispatchersAt(api.url).startStandBy(never())).toBe('started');
  expect(events.map((event) => DispatcherEventSchema.parse(event))).toEqual([{ standBy: true }]);
});

test('a function that is not there is a definite no', async () => {
  expect(await dispatchersAt(api.url, 'other').startStandBy(never())).toEqual({
    kind: 'rejected',
    message: expect.stringContaining('ResourceNotFoundException'),
  });
});

test('an account without room for more is a throttle', async () => {
  api.busy = true;
  const answer = await dispatchersAt(api.url).startStandBy(never());
  api.busy = false;
  expect(answer).toMatchObject({ kind: 'throttled' });
});

test('who gives up waiting hears that nobody knows whether it was started', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const limit = new AbortController();
  silent.once('connection', () => limit.abort());
  expect(await dispatchersAt(`http://127.0.0.1:${port}`).startStandBy(limit.signal)).toMatchObject({
    kind: 'unreachable',
  });
  silent.closeAllConnections();
  silent.close();
});
