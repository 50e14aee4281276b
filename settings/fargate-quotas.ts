// Codes of the quotas that the handlers read and the stack lets them read, service `fargate`.
// Source: AWS General Reference, "AWS Fargate endpoints and quotas".
import type { DeploymentValues } from './deployment.ts';

/** vCPUs at once; launches at once after a rest; launches a second. */
export const FARGATE_QUOTAS = {
  'on-demand': { vcpus: 'L-3032A538', burst: 'L-6BAD92DD', perSecond: 'L-551A4E9D' },
  spot: { vcpus: 'L-36FBB829', burst: 'L-F6E37E82', perSecond: 'L-FAA52651' },
} as const;

export type Capacity = DeploymentValues<'dispatcher'>['capacity'];
type Quotas = keyof typeof FARGATE_QUOTAS;

/** Whose quotas launches draw on: at first, and where Spot has refused or lost a job. */
export const DRAWS_ON: Readonly<Record<Capacity, { readonly first: Quotas; readonly fallback?: Quotas }>> = {
  'on-demand': { first: 'on-demand' },
  spot: { first: 'spot' },
  'spot-with-fallback': { first: 'spot', fallback: 'on-demand' },
};
