// The account's quotas of Fargate. vCPUs at once: 6 in a new account, thousands in an old one; above it launches are
// refused, so no more jobs are taken than fit below it. Launches a second: 20 in most regions, 5 in small and new ones.
// Source: AWS General Reference, "AWS Fargate endpoints and quotas".
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { type Capacity, DRAWS_ON, FARGATE_QUOTAS } from '#settings/fargate-quotas.ts';
import { QUICK } from './client-settings.ts';
import { callFailure } from './failures.ts';

export type Quota =
  | { readonly kind: 'known'; readonly value: number }
  /** Not allowed to ask, or no answer: launches tell when it is reached. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface FargateQuotas {
  /** Of the capacity that a job is launched on at first: so many jobs are taken. */
  readonly vcpus: Quota;
  /** Launches, on whichever capacity; of two quotas the lower one. */
  readonly burst: Quota;
  readonly perSecond: Quota;
  /** Of the capacity that is fallen back to. A launch above it is refused, and waits. */
  readonly fallbackVcpus?: Quota;
}

/** Destroys the client. */
export async function readFargateQuotas(
  capacity: Capacity,
  client = new ServiceQuotasClient(QUICK),
): Promise<FargateQuotas> {
  const { fallback, first } = DRAWS_ON[capacity];
  try {
    const [own, other] = await Promise.all([
      readQuotas(client, FARGATE_QUOTAS[first]),
      fallback === undefined ? undefined : readQuotas(client, FARGATE_QUOTAS[fallback]),
    ]);
    if (other === undefined) return own;
    return {
      vcpus: own.vcpus,
      burst: lower(own.burst, other.burst),
      perSecond: lower(own.perSecond, other.perSecond),
      fallbackVcpus: other.vcpus,
    };
  } finally {
    client.destroy();
  }
}

async function readQuotas(
  client: ServiceQuotasClient,
  codes: (typeof FARGATE_QUOTAS)[keyof typeof FARGATE_QUOTAS],
): Promise<FargateQuotas> {
  const [vcpus, burst, perSecond] = await Promise.all([
    readQuota(client, codes.vcpus),
    readQuota(client, codes.burst),
    readQuota(client, codes.perSecond),
  ]);
  return { vcpus, burst, perSecond };
}

/** Of two that bind together; one that is not known binds nobody. */
function lower(a: Quota, b: Quota): Quota {
  if (a.kind === 'unknown') return b;
  return b.kind === 'unknown' || a.value <= b.value ? a : b;
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
export async function readVcpuQuota(capacity: Capacity): Promise<VcpuQuota> {
  const { vcpus } = await readFargateQuotas(capacity);
  return vcpus.kind === 'known' ? { kind: 'known', vcpus: vcpus.value } : vcpus;
}
