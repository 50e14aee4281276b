// How the resources of a pool are called: by the pool's name, so that two pools live side by side in one account, so that
// a permission can name what does not exist yet, and so that what looks at a pool finds its parts.

/** 32: a function's name and a bucket's hold at most 64 and 63 characters. */
export const POOL_NAME = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;

export type FunctionPart = 'dispatcher' | 'completion' | 'status' | 'gate';
export type Part = FunctionPart | 'runner';

export const functionName = (pool: string, part: FunctionPart): string => `${pool}-${part}`;
export const logGroupName = (pool: string, part: Part): string => `/sourcegraph-executor/${pool}/${part}`;
export const resultsQueueName = (pool: string): string => `${pool}-results`;
export const deadResultsQueueName = (pool: string): string => `${pool}-results-dead`;
export const deadEventsQueueName = (pool: string): string => `${pool}-events-dead`;
export const dashboardName = (pool: string): string => `${pool}-executor`;
export const pullThroughPrefix = (pool: string): string => `${pool.toLowerCase()}-ecr-public`;

/** The launcher names each family by the pool and a hash of the definition's content. */
export const familyPattern = (pool: string): string => `${pool}-*`;
