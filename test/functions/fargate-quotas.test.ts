// Which of the account's quotas bind a pool, by its capacity: the codes stand here as AWS's General Reference has them.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { readFargateQuotas, type FargateQuotas } from '#functions/aws/fargate-quotas.ts';
import { quotaWarnings } from '#functions/dispatcher/quota-warnings.ts';
import type { Capacity } from '#settings/fargate-quotas.ts';
import { type SecretsAndQuotas, startSecretsAndQuotas } from '../doubles/secrets-and-quotas.ts';
import { TEST_ACCOUNT } from '../doubles/test-account.ts';

const ON_DEMAND = { vcpus: 'L-3032A538', burst: 'L-6BAD92DD', perSecond: 'L-551A4E9D' };
const SPOT = { vcpus: 'L-36FBB829', burst: 'L-F6E37E82', perSecond: 'L-FAA52651' };

let account: Map<string, number>;
let service: SecretsAndQuotas;
beforeEach(async () => {
  account = new Map([
    [ON_DEMAND.vcpus, 6],
    [ON_DEMAND.burst, 25],
    [ON_DEMAND.perSecond, 5],
    [SPOT.vcpus, 400],
    [SPOT.burst, 20],
    [SPOT.perSecond, 19],
  ]);
  service = await startSecretsAndQuotas((code) => account.get(code));
});
afterEach(() => service.close());

const read = (capacity: Capacity): Promise<FargateQuotas> =>
  readFargateQuotas(capacity, new ServiceQuotasClient({ ...TEST_ACCOUNT, endpoint: service.url, maxAttempts: 1 }));
const known = (value: number): object => ({ kind: 'known', value });
const unknown = { kind: 'unknown', why: expect.stringContaining('AccessDenied') };

describe('what binds', () => {
  test.each([
    ['on-demand', { vcpus: known(6), burst: known(25), perSecond: known(5) }],
    ['spot', { vcpus: known(400), burst: known(20), perSecond: known(19) }],
    // Jobs are taken by Spot's vCPUs; launches may be of either kind, and neither may come too fast.
    ['spot-with-fallback', { vcpus: known(400), burst: known(20), perSecond: known(5), fallbackVcpus: known(6) }],
  ] as const)('%s', async (capacity, expected) => {
    expect(await read(capacity)).toEqual(expected);
  });

  test('of two rates the one that may be read', async () => {
    for (const code of [SPOT.perSecond, ON_DEMAND.burst, ON_DEMAND.vcpus]) account.delete(code);
    expect(await read('spot-with-fallback')).toEqual({
      vcpus: known(400),
      burst: known(20),
      perSecond: known(5),
      fallbackVcpus: unknown,
    });
  });

  test('none that may be read', async () => {
    account.clear();
    expect(await read('spot')).toEqual({ vcpus: unknown, burst: unknown, perSecond: unknown });
  });
});

describe('what operators are told', () => {
  const size = { cpuUnits: 4_096, memoryMiB: 8_192, ephemeralStorageGiB: 20 };

  test.each(['on-demand', 'spot', 'spot-with-fallback'] as const)(
    '%s: nothing of quotas that suffice',
    async (capacity) => {
      expect(quotaWarnings(await read(capacity), size)).toEqual([]);
    },
  );

  test('a fallback without room for one job, and what to do', async () => {
    account.set(ON_DEMAND.vcpus, 2);
    expect(quotaWarnings(await read('spot-with-fallback'), size)).toEqual([
      {
        message: 'a job that Spot refuses or loses cannot be launched on demand',
        quota: `${ON_DEMAND.vcpus} (Fargate on-demand vCPUs)`,
        why: "it is 2 and a job needs 4: ask AWS for more, or set the stack's capacity to spot",
      },
    ]);
    expect(quotaWarnings(await read('spot'), size)).toEqual([]);
  });

  test('each quota that is not known', async () => {
    account.clear();
    const warnings = quotaWarnings(await read('spot-with-fallback'), size);
    expect(warnings.map(({ quota }) => quota)).toEqual([
      'vCPUs',
      'vCPUs on demand, to fall back to',
      'launches at once',
      'launches a second',
    ]);
    expect(warnings).toContainEqual({ message: 'a quota of Fargate is not known', quota: 'vCPUs', why: unknown.why });
  });
});
