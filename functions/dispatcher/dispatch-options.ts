// From the deployed settings to what dispatch is told.
import type { DispatchOptions, TokenRate } from '#jobs/options.ts';
import type { DeploymentValues } from '#settings/deployment.ts';
import type { SettingsWith } from '#settings/parse.ts';
import { proxies } from '#settings/proxies.ts';
import { registryMirrors } from '#settings/registry-mirrors.ts';
import { sizeRules } from '#settings/size-rules.ts';
import type { FargateQuotas, Quota } from '../aws/fargate-quotas.ts';
import { executorName } from '../connect.ts';
import { jobOptions } from '../job-options.ts';
import { taskSize } from '../task-size.ts';

/**
 * Fargate's own limit on RunTask, in every region. What the account may launch comes on top of it: 100 and 20 a second
 * in most regions, 25 and 5 in small and new ones.
 * Source: ECS Developer Guide, "AWS Fargate throttling quotas".
 */
const RUN_TASK_RATE = { burst: 20, perSecond: 20 };

/** Calls overtake each other on their way: that many fewer at once keep AWS's own count above zero. */
const OVERTAKING = 3;

export interface Found {
  readonly caBundle: string | undefined;
  /** Runs in each workspace before the first step. */
  readonly setupScript: string | undefined;
  /** The account's quotas, where they could be read. */
  readonly quotas: FargateQuotas;
}

/** Throws when Fargate has no task of a size that is set; synth says so much earlier. */
export function dispatchOptions(
  settings: SettingsWith<'frontendUrl' | 'queues'>,
  deployment: DeploymentValues<'dispatcher'>,
  { caBundle, setupScript, quotas }: Found,
): DispatchOptions {
  const vcpuLimit = deployment.vcpuQuota ?? known(quotas.vcpus);
  const [mirror] = registryMirrors(settings);
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
    sizeRules: sizeRules(settings, taskSize),
    runtimeLimitMs: settings.maximumRuntimePerJob,
    pollMs: settings.queuePollInterval,
    launchRate: launchRate(quotas),
    runner: {
      keepWorkspace: 'never',
      // ECS takes the secrets of the definition and nothing else.
      jobLogins: 'unused',
      tlsVerify: !settings.tlsInsecureSkipVerify,
      proxy: { intoSteps: settings.proxyIntoSteps, ...proxies(settings) },
      ...(caBundle === undefined ? {} : { caBundle }),
      ...(setupScript === undefined ? {} : { setupScript }),
    },
  };
}

const known = (quota: Quota): number | undefined => (quota.kind === 'known' ? quota.value : undefined);

/** An account that may launch nothing (blocked, or a quota of 0) is told so by RunTask, not by silence here. */
export function launchRate({ burst, perSecond }: FargateQuotas): TokenRate {
  return {
    burst: Math.max(1, Math.min(RUN_TASK_RATE.burst, known(burst) ?? Infinity) - OVERTAKING),
    perSecond: Math.max(1, Math.min(RUN_TASK_RATE.perSecond, known(perSecond) ?? Infinity)),
  };
}
