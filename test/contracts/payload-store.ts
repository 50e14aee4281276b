// What every PayloadStore must do, seen from both sides: the dispatcher's calls, and the URLs that a step-runner has.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { attemptId, jobKey } from '#jobs/keys.ts';
import type { JobResult } from '#jobs/job-result.ts';
import { type Links, LinksSchema, type Payload, PayloadSchema } from '#jobs/payload.ts';
import type { PayloadStore } from '#jobs/world.ts';
import { type Job, JobSchema } from '#sourcegraph/job.ts';

export interface PayloadStoreUnderTest {
  readonly store: PayloadStore;
  /** Attempts whose result the store has told of so far; waits for those under way. */
  told(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const KEY = jobKey('batches', 7, 'token');
const ATTEMPT = attemptId(KEY, 1);
const OTHER = attemptId(KEY, 2);
const JOB: Job = JobSchema.parse({
  version: 2,
  id: 7,
  token: 'token',
  dockerSteps: [{ key: 'step.0.run', image: 'alpine:3', commands: ['echo "ä\u2028"'] }],
  redactedValues: { secret: 'x' },
});

function payload(links: Links, forget: string | undefined): Payload {
  return {
    v: 1,
    attempt: ATTEMPT,
    attemptNumber: 1,
    logEntries: 0,
    frontendUrl: 'https://sourcegraph.example',
    executorName: 'executor',
    queue: 'batches',
    job: JOB,
    redactedValues: {},
    stepContainers: [{ container: 'step-0', stepIndex: 0 }],
    runtimeLimitMs: 1_800_000,
    links,
    ...(forget === undefined ? {} : { forget }),
    options: { keepWorkspace: 'never', tlsVerify: true },
  };
}

const result = (attempt: string): JobResult => ({
  v: 1,
  attempt,
  outcome: { kind: 'failed', errorMessage: 'ß' },
  logEntries: 3,
  stepsStarted: true,
  logBytesSent: 10,
  durationMs: 5,
});

// As the step-runner puts it: once, so that nothing can replace a result.
const put = (url: string, body: string): Promise<Response> =>
  fetch(url, { method: 'PUT', body, headers: { 'if-none-match': '*' } });

export function describePayloadStore(name: string, make: () => Promise<PayloadStoreUnderTest>): void {
  describe(`PayloadStore: ${name}`, () => {
    let world: PayloadStoreUnderTest;
    beforeEach(async () => {
      world = await make();
    });
    afterEach(() => world.close());

    async function written(attempt = ATTEMPT): Promise<{ readonly url: string; readonly payload: Payload }> {
      const answer = await world.store.write(attempt, payload);
      if (answer.kind !== 'written') throw new Error(answer.message);
      const fetched = await fetch(answer.payloadUrl);
      expect(fetched.status).toBe(200);
      return { url: answer.payloadUrl, payload: PayloadSchema.parse(await fetched.json()) };
    }

    test('the payload is fetched by its one URL, as it was built', async () => {
      const fetched = await written();
      expect(fetched.payload.job).toEqual(JOB);
      expect(fetched.payload.stepContainers).toEqual([{ container: 'step-0', stepIndex: 0 }]);
    });

    test('deleted after reading, it is gone', async () => {
      const { url, payload: fetched } = await written();
      const deleted = await fetch(fetched.forget ?? url, { method: 'DELETE' });
      expect(deleted.ok).toBe(true);
      expect((await fetch(url)).ok).toBe(false);
    });

    test('an URL that nobody was given opens nothing', async () => {
      const { url } = await written();
      const guess = url.replace(/[0-9a-f]{8}/, 'ffffffff');
      expect(guess).not.toBe(url);
      expect((await fetch(guess)).ok).toBe(false);
    });

    test('a result put by its link is read back and told of once', async () => {
      const { payload: fetched } = await written();
      expect(await world.store.result(ATTEMPT)).toBe('none');
      expect((await put(fetched.links.result, JSON.stringify(result(ATTEMPT)))).ok).toBe(true);
      expect(await world.store.result(ATTEMPT)).toEqual(result(ATTEMPT));
      expect(await world.told()).toEqual([ATTEMPT]);
    });

    test('a second result is refused, and the first stays', async () => {
      const { payload: fetched } = await written();
      await put(fetched.links.result, JSON.stringify(result(ATTEMPT)));
      const second = await put(fetched.links.result, JSON.stringify({ ...result(ATTEMPT), logEntries: 99 }));
      expect(second.ok).toBe(false);
      expect(await world.store.result(ATTEMPT)).toEqual(result(ATTEMPT));
    });

    test.each(['', 'no JSON', '{}', '[]', '{"v":1,"attempt":"x"}', '\u0000'])(
      'something else in its place is unreadable: %j',
      async (body) => {
        const { payload: fetched } = await written();
        await put(fetched.links.result, body);
        expect(await world.store.result(ATTEMPT)).toBe('unreadable');
      },
    );

    test('written again for the same attempt, the earlier URL still leads to a payload', async () => {
      const first = await written();
      const second = await written();
      expect((await fetch(first.url)).status).toBe(200);
      await put(second.payload.links.result, JSON.stringify(result(ATTEMPT)));
      expect(await world.store.result(ATTEMPT)).toEqual(result(ATTEMPT));
    });

    test('attempts are apart', async () => {
      const { payload: fetched } = await written();
      await written(OTHER);
      await put(fetched.links.result, JSON.stringify(result(ATTEMPT)));
      expect(await world.store.result(OTHER)).toBe('none');
    });

    test('renewed links lead to the same result', async () => {
      const { payload: fetched } = await written();
      await world.store.renew(ATTEMPT);
      const renewed = fetched.links.renewed;
      const links = renewed === undefined ? fetched.links : LinksSchema.parse(await (await fetch(renewed)).json());
      expect((await put(links.result, JSON.stringify(result(ATTEMPT)))).ok).toBe(true);
      expect(await world.store.result(ATTEMPT)).toEqual(result(ATTEMPT));
    });

    test('removed, payload and result are gone; to remove again is no error', async () => {
      const { url, payload: fetched } = await written();
      await put(fetched.links.result, JSON.stringify(result(ATTEMPT)));
      await world.store.remove(ATTEMPT);
      await world.store.remove(ATTEMPT);
      expect((await fetch(url)).ok).toBe(false);
      expect(await world.store.result(ATTEMPT)).toBe('none');
    });

    test('the kept job comes back as it was, until it is removed', async () => {
      expect(await world.store.loadJob(KEY)).toBe('none');
      await world.store.saveJob(KEY, JOB);
      await world.store.saveJob(KEY, JOB);
      await written();
      await world.store.remove(ATTEMPT);
      expect(await world.store.loadJob(KEY)).toEqual(JOB);
      await world.store.removeJob(KEY);
      await world.store.removeJob(KEY);
      expect(await world.store.loadJob(KEY)).toBe('none');
    });
  });
}
