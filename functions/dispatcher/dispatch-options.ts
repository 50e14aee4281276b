// From the deployed settings to what dispatch is told.
import type { DispatchOptions } from '#jobs/options.ts';
import type { SizeRule } from '#jobs/size-rules.ts';
import type { DeploymentValues } from '#settings/deployment.ts';
import type { SettingsWith } from '#settings/parse.ts';
import { proxies } from '#settings/proxies.ts';
import { executorName } from '../connect.ts';
import { jobOptions } from '../job-options.ts';
import { type Sizes, taskSize } from '../task-size.ts';

/** RunTask in one region, before Fargate throttles: the figure of all but the smallest and newest regions. */
const LAUNCH_RATE = { burst: 20, perSecond: 20 };

export interface Found {
  readonly caBundle: string | undefined;
  /** Runs in each workspace before the first step. */
  readonly setupScript: string | undefined;
  /** The account's quota, where it could be read. */
  readonly vcpuQuota: number | undefined;
}

/** Throws when Fargate has no task of a size that is set; synth says so much earlier. */
export function dispatchOptions(
  settings: SettingsWith<'frontendUrl' | 'queues'>,
  deployment: DeploymentValues<'dispatcher'>,
  { caBundle, setupScript, vcpuQuota }: Found,
): DispatchOptions {
  const vcpuLimit = deployment.vcpuQuota ?? vcpuQuota;
  const mirror = settings.registryMirrorUrls?.[0]?.replace(/^https?:\/\//, '');
  return {
    ...jobOptions(settings, deployment),
    frontendUrl: settings.frontendUrl,
    executorName: executorName(settings, deployment),
    limit: settings.maximumNumJobs,
    ...(vcpuLimit === undefined ? {} : { vcpuLimit }),
    plan: {
      runnerImage: deployment.runnerImage,
      size: taskSize(settings),
      architecture: deployment.architecture,
      images: {
        ...(deployment.pullThroughPrefix === undefined ? {} : { officialImages: deployment.pullThroughPrefix }),
        ...(mirror === undefined ? {} : { dockerHub: mirror }),
      },
      registrySecrets: deployment.registrySecrets ?? {},
    },
    sizeRules: sizeRules(settings),
    runtimeLimitMs: settings.maximumRuntimePerJob,
    pollMs: settings.queuePollInterval,
    launchRate: LAUNCH_RATE,
    runner: {
      keepWorkspace: 'never',
      tlsVerify: !settings.tlsInsecureSkipVerify,
      proxy: { intoSteps: settings.proxyIntoSteps, ...proxies(settings) },
      ...(caBundle === undefined ? {} : { caBundle }),
      ...(setupScript === undefined ? {} : { setupScript }),
    },
  };
}

function sizeRules(settings: Sizes): readonly SizeRule[] {
  return (settings.sizeRules ?? []).map(({ queue, repository, cpus, memory, disk, deadline }) => ({
    ...(queue === undefined ? {} : { queue }),
    ...(repository === undefined ? {} : { repository }),
    size: taskSize({
      ...settings,
      jobNumCpus: cpus ?? settings.jobNumCpus,
      jobMemory: memory ?? settings.jobMemory,
      jobDiskSpace: disk ?? settings.jobDiskSpace,
    }),
    runtimeLimitMs: deadline ?? settings.maximumRuntimePerJob,
  }));
}
