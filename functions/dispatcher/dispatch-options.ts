// From the deployed settings to what dispatch is told.
import { fargateSize } from '#jobs/fargate-sizes.ts';
import type { DispatchOptions } from '#jobs/options.ts';
import type { TaskSize } from '#jobs/task-definition.ts';
import type { DeploymentValues } from '#settings/deployment.ts';
import type { SettingsWith } from '#settings/parse.ts';
import { proxies } from '#settings/proxies.ts';
import { executorName } from '../connect.ts';
import { jobOptions } from '../job-options.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** The images lie on the same disk as the workspace. */
const IMAGES_GIB = 10;
const DISK_GIB_MAX = 200;

/** RunTask in one region, before Fargate throttles: the figure of all but the smallest and newest regions. */
const LAUNCH_RATE = { burst: 20, perSecond: 20 };

export interface Found {
  readonly caBundle: string | undefined;
  /** The account's quota, where it could be read. */
  readonly vcpuQuota: number | undefined;
}

/** Throws when Fargate has no task of the size that is set. */
export function dispatchOptions(
  settings: SettingsWith<'frontendUrl' | 'queues'>,
  deployment: DeploymentValues<'dispatcher'>,
  { caBundle, vcpuQuota }: Found,
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
    runtimeLimitMs: settings.maximumRuntimePerJob,
    pollMs: settings.queuePollInterval,
    launchRate: LAUNCH_RATE,
    runner: {
      keepWorkspace: 'never',
      tlsVerify: !settings.tlsInsecureSkipVerify,
      proxy: { intoSteps: settings.proxyIntoSteps, ...proxies(settings) },
      ...(caBundle === undefined ? {} : { caBundle }),
    },
  };
}

function taskSize(settings: SettingsWith<never>): TaskSize {
  const found = fargateSize({
    cpus: settings.jobNumCpus,
    memoryMiB: Math.ceil(settings.jobMemory / MIB),
    diskGiB: Math.min(DISK_GIB_MAX, Math.ceil(settings.jobDiskSpace / GIB) + IMAGES_GIB),
  });
  if (found.kind === 'too-large') throw new Error(found.message);
  return found.size;
}
