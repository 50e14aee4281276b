import { expect, test } from '@jest/globals';
import { launchRate } from '#functions/dispatcher/dispatch-options.ts';
import { runBurst } from './burst.ts';

const JOBS = 10_000;
const known = (value: number) => ({ kind: 'known' as const, value });

test.each([
  ['fast', 100, 20],
  ['slow', 25, 5],
] as const)(
  'ten thousand jobs at the rate of a %s region: not one call is throttled',
  async (launches, burst, perSecond) => {
    const rate = launchRate({ vcpus: known(4_000), burst: known(burst), perSecond: known(perSecond) });
    const run = { jobs: JOBS, definitions: 20, launches, launchRate: rate, limit: JOBS, runMs: 20_000 };
    const report = await runBurst(run);
    expect(report).toMatchObject({ completed: JOBS, throttled: {}, resets: 0 });
    expect(report.calls['RunTask']).toBe(JOBS);
    expect(report.tookMs / report.leastMs).toBeLessThan(1.05);
    expect(report.heartbeatGapMax).toBeLessThan(5_500);
  },
  300_000,
);
