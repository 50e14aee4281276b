// What operators are told of the account's quotas when a dispatcher starts.
import type { TaskSize } from '#jobs/task-definition.ts';
import { FARGATE_QUOTAS } from '#settings/fargate-quotas.ts';
import type { FargateQuotas } from '../aws/fargate-quotas.ts';

export interface QuotaWarning {
  readonly message: string;
  readonly quota: string;
  readonly why: string;
}

export function quotaWarnings(
  { burst, fallbackVcpus, perSecond, vcpus }: FargateQuotas,
  size: TaskSize,
): readonly QuotaWarning[] {
  const named = [
    ['vCPUs', vcpus],
    ['vCPUs on demand, to fall back to', fallbackVcpus],
    ['launches at once', burst],
    ['launches a second', perSecond],
  ] as const;
  const unknown = named.flatMap(([quota, found]) =>
    found?.kind === 'unknown' ? [{ message: 'a quota of Fargate is not known', quota, why: found.why }] : [],
  );
  return [...unknown, ...noFallback(fallbackVcpus, size)];
}

function noFallback(quota: FargateQuotas['fallbackVcpus'], { cpuUnits }: TaskSize): readonly QuotaWarning[] {
  const each = cpuUnits / 1024;
  if (quota?.kind !== 'known' || quota.value >= each) return [];
  const { vcpus: code } = FARGATE_QUOTAS['on-demand'];
  return [
    {
      message: 'a job that Spot refuses or loses cannot be launched on demand',
      quota: `${code} (Fargate on-demand vCPUs)`,
      why: `it is ${quota.value} and a job needs ${each}: ask AWS for more, or set the stack's capacity to spot`,
    },
  ];
}
