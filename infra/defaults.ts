// Defaults of the props that more than one file needs; each is documented as the `@default` of its prop.
import { Duration } from 'aws-cdk-lib';

export const DEFAULTS = {
  poolName: 'executor',
  queues: ['batches'],
  maximumJobs: 100,
  cpus: 4,
  memoryMiB: 12 * 1024,
  diskGiB: 20,
  deadline: Duration.minutes(30),
  architecture: 'X86_64',
  capacity: 'on-demand',
  polling: 'cheapest',
  network: 'public',
  officialImages: 'ecr-public',
  dispatcherMemory: 256,
  completionConcurrency: 10,
} as const;
