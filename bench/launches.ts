// How fast a burst is launched, beside what AWS's own rates allow at the fastest: virtual time, so the figure is the
// dispatcher's and not the machine's.
import { launchRate } from '#functions/dispatcher/dispatch-options.ts';
import { runBurst } from '#test/simulation/burst.ts';
import type { Measure } from './measure.ts';

const JOBS = 1_000;
const RATIO_MAX = 1.05;
const REGIONS = [
  { launches: 'fast', burst: 100, perSecond: 20 },
  { launches: 'slow', burst: 25, perSecond: 5 },
] as const;

export async function launches(): Promise<readonly Measure[]> {
  const measures: Measure[] = [];
  for (const { burst, launches: launchClass, perSecond } of REGIONS) {
    const known = (value: number) => ({ kind: 'known' as const, value });
    const { leastMs, tookMs } = await runBurst({
      jobs: JOBS,
      definitions: 3,
      launches: launchClass,
      launchRate: launchRate({ vcpus: known(4_000), burst: known(burst), perSecond: known(perSecond) }),
      limit: JOBS,
      runMs: 20_000,
    });
    const ratio = tookMs / leastMs;
    measures.push({
      name: `${JOBS} launches at ${perSecond} a second`,
      value: `${(tookMs / 1000).toFixed(1)} s, ${ratio.toFixed(3)} of the least`,
      goal: { text: `<= ${RATIO_MAX} of ${(leastMs / 1000).toFixed(1)} s`, met: ratio <= RATIO_MAX },
    });
  }
  return measures;
}
