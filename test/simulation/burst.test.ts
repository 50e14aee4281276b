// Bursts against ECS with AWS's rates: launches as fast as AWS allows and no faster, and nobody goes without heartbeats.
// Ten thousand jobs take a minute of CPU and are ./burst.slow.test.ts (npm run test:burst).
import { describe, expect, test } from '@jest/globals';
import { launchRate } from '#functions/dispatcher/dispatch-options.ts';
import type { FargateQuotas } from '#functions/aws/fargate-quotas.ts';
import { type Burst, runBurst } from './burst.ts';

const quotas = (burst: number, perSecond: number): FargateQuotas => ({
  vcpus: { kind: 'known', value: 4_000 },
  burst: { kind: 'known', value: burst },
  perSecond: { kind: 'known', value: perSecond },
});
const unknown = { kind: 'unknown', why: 'not allowed to ask' } as const;

/** Jobs dequeued and not yet launched: the admission window's widest. */
const WINDOW_MAX = 50;

const base = { definitions: 3, limit: 10_000, runMs: 20_000 };
const rows: readonly (readonly [title: string, burst: Burst])[] = [
  [
    '700 jobs where AWS launches 100 at once and 20 a second',
    { ...base, jobs: 700, launches: 'fast', launchRate: launchRate(quotas(100, 20)) },
  ],
  [
    '500 jobs where it launches 25 at once and 5 a second',
    { ...base, jobs: 500, launches: 'slow', launchRate: launchRate(quotas(25, 5)) },
  ],
];

// Seconds of CPU each, and the machine may have others to serve.
const TIMEOUT_MS = 120_000;

describe('a burst of jobs', () => {
  test.each(rows)(
    '%s',
    async (_title, burst) => {
      const report = await runBurst(burst);
      expect(report.completed).toBe(burst.jobs);
      expect(report.throttled).toEqual({});
      expect(report.calls['RunTask']).toBe(burst.jobs);
      expect(report.calls['RegisterTaskDefinition']).toBe(burst.definitions);
      expect(report.tookMs / report.leastMs).toBeLessThan(1.05);
      expect(report.heartbeatGapMax).toBeLessThan(5_500);
      expect(report.resets).toBe(0);
      expect(report.waitingMax).toBeLessThanOrEqual(WINDOW_MAX);
    },
    TIMEOUT_MS,
  );

  test(
    'where the rate cannot be asked for and is lower than most: throttled a little, and as fast as it may be',
    async () => {
      const rate = launchRate({ vcpus: unknown, burst: unknown, perSecond: unknown });
      const report = await runBurst({ ...base, jobs: 500, launches: 'slow', launchRate: rate });
      expect(report.completed).toBe(500);
      expect(report.tookMs / report.leastMs).toBeLessThan(1.05);
      expect(report.throttled['RunTask'] ?? 0).toBeLessThan(100);
    },
    TIMEOUT_MS,
  );

  test(
    'with more task definitions than may be registered at once: one a second, and none refused',
    async () => {
      const rate = launchRate(quotas(100, 20));
      const report = await runBurst({ ...base, definitions: 80, jobs: 400, launches: 'fast', launchRate: rate });
      expect(report.completed).toBe(400);
      expect(report.throttled).toEqual({});
      expect(report.calls['RegisterTaskDefinition']).toBe(80);
      expect(report.resets).toBe(0);
    },
    TIMEOUT_MS,
  );
});
