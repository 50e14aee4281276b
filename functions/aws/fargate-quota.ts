// The account's vCPU quota of Fargate: 6 in a new account, thousands in an old one. Above it launches are refused, so no
// more jobs are taken than fit below it.
// Source: AWS General Reference, "AWS Fargate endpoints and quotas".
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { QUICK } from './client-settings.ts';
import { callFailure } from './failures.ts';

const QUOTA_CODES = { 'on-demand': 'L-3032A538', spot: 'L-36FBB829' } as const;

export type VcpuQuota =
  | { readonly kind: 'known'; readonly vcpus: number }
  /** Not allowed to ask, or no answer: launches tell when it is reached. */
  | { readonly kind: 'unknown'; readonly why: string };

export async function readVcpuQuota(capacity: keyof typeof QUOTA_CODES): Promise<VcpuQuota> {
  const client = new ServiceQuotasClient(QUICK);
  try {
    const command = new GetServiceQuotaCommand({ ServiceCode: 'fargate', QuotaCode: QUOTA_CODES[capacity] });
    const { Quota } = await client.send(command);
    const vcpus = Quota?.Value;
    return vcpus === undefined ? { kind: 'unknown', why: 'the answer names no value' } : { kind: 'known', vcpus };
  } catch (error) {
    return { kind: 'unknown', why: callFailure(error).message };
  } finally {
    client.destroy();
  }
}
