// The account's quotas of Fargate. vCPUs at once: 6 in a new account, thousands in an old one; above it launches are
// refused, so no more jobs are taken than fit below it. Launches a second: 20 in most regions, 5 in small and new ones.
// Source: AWS General Reference, "AWS Fargate endpoints and quotas".
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { FARGATE_QUOTAS } from '#settings/fargate-quotas.ts';
import { QUICK } from './client-settings.ts';
import { callFailure } from './failures.ts';

export type Quota =
  | { readonly kind: 'known'; readonly value: number }
  /** Not allowed to ask, or no answer: launches tell when it is reached. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface FargateQuotas {
  readonly vcpus: Quota;
  readonly burst: Quota;
  readonly perSecond: Quota;
}

export async function readFargateQuotas(capacity: keyof typeof FARGATE_QUOTAS): Promise<FargateQuotas> {
  const client = new ServiceQuotasClient(QUICK);
  try {
    const codes = FARGATE_QUOTAS[capacity];
    const [vcpus, burst, perSecond] = await Promise.all([
      readQuota(client, codes.vcpus),
      readQuota(client, codes.burst),
      readQuota(client, codes.perSecond),
    ]);
    return { vcpus, burst, perSecond };
  } finally {
    client.destroy();
  }
}

async function readQuota(client: ServiceQuotasClient, code: string): Promise<Quota> {
  try {
    const { Quota } = await client.send(new GetServiceQuotaCommand({ ServiceCode: 'fargate', QuotaCode: code }));
    const value = Quota?.Value;
    return value === undefined ? { kind: 'unknown', why: 'the answer names no value' } : { kind: 'known', value };
  } catch (error) {
    return { kind: 'unknown', why: callFailure(error).message };
  }
}

export type VcpuQuota = { readonly kind: 'known'; readonly vcpus: number } | Extract<Quota, { kind: 'unknown' }>;

/** For whoever launches nothing. */
export async function readVcpuQuota(capacity: keyof typeof FARGATE_QUOTAS): Promise<VcpuQuota> {
  const { vcpus } = await readFargateQuotas(capacity);
  return vcpus.kind === 'known' ? { kind: 'known', vcpus: vcpus.value } : vcpus;
}
