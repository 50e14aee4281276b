// The installation that simulated worlds are of.
import type { DispatchOptions } from '#jobs/options.ts';
import { EXECUTOR } from './faulty-instance.ts';
import { SHORT_LIMIT_MS } from './scripts.ts';

/** Each task is of one vCPU. */
export function dispatchOptions(
  limit: number,
  vcpuLimit: number | undefined,
  spot: DispatchOptions['spot'],
  runtimeLimitMs: number = SHORT_LIMIT_MS,
): DispatchOptions {
  return {
    frontendUrl: 'https://sourcegraph.example',
    executorName: EXECUTOR,
    limit,
    billed: 'X86_64',
    ...(vcpuLimit === undefined ? {} : { vcpuLimit }),
    plan: {
      runnerImage: 'runner',
      size: { cpuUnits: 1024, memoryMiB: 2048, ephemeralStorageGiB: 21 },
      architecture: 'X86_64',
      images: {},
      registrySecrets: {},
    },
    runtimeLimitMs,
    pollMs: 1_000,
    launchRate: { burst: 20, perSecond: 20 },
    runner: { keepWorkspace: 'never', tlsVerify: true },
    relaunch: 'always',
    relaunchLimit: 5,
    spot,
  };
}
