// The moments at which a process is killed: each a call on the wire of one service, before or after it takes effect.
import * as z from 'zod';
import { type Lease, LeaseSchema } from '#jobs/lease-rules.ts';
import { type JobRecord, JobRecordSchema } from '#jobs/record.ts';
import type { Passing } from '../../doubles/wire-tap.ts';

/** The job outlives by more than the promised gap what Sourcegraph heard last of the victim. */
const LONG = 22;
const SHORT = 1;

export type Service = 'sourcegraph' | 'dynamoDb' | 'ecs';

export interface Before {
  readonly lease: Lease;
  /** How often Sourcegraph has heard of the job since its record was written. */
  readonly heard: number;
}

export interface Moment {
  readonly title: string;
  readonly service: Service;
  readonly phase: Passing['phase'];
  readonly strikes: (passing: Passing, before: Before) => boolean;
  readonly victim: 'holder' | 'completion' | 'follower';
  /** Of the job's one step. */
  readonly seconds: number;
  /** A third dispatcher comes while the job runs. */
  readonly handsOver?: boolean;
  /** Of the job's one step. @default 0 */
  readonly exitCode?: number;
  /** Nobody but the victim knew of the job: Sourcegraph gives it out again. @default false */
  readonly unknownToOthers?: boolean;
  /** What of the job only time takes away, by partition of the table or folder of the bucket. @default nothing */
  readonly leaves?: readonly string[];
  /** Seconds until a message that was not acknowledged comes again. @default far away: others must see to the job */
  readonly visibilitySeconds?: number;
}

const PutSchema = z.object({
  Item: z.object({
    record: z.object({ S: z.string() }).optional(),
    seen: z.object({ N: z.string() }).optional(),
    lease: z.object({ S: z.string() }).optional(),
  }),
});

/** Nothing for one that was refused. */
function put({ body, operation, status = 200 }: Passing): z.output<typeof PutSchema>['Item'] {
  return operation === 'PutItem' && status === 200 ? PutSchema.parse(JSON.parse(body)).Item : {};
}

function putRecord(passing: Passing): JobRecord | undefined {
  const { record } = put(passing);
  return record && JobRecordSchema.parse(JSON.parse(record.S));
}

/** Once it is written. */
export function putLease(passing: Passing): Lease | undefined {
  const { lease } = put(passing);
  return passing.phase === 'answered' && lease !== undefined ? LeaseSchema.parse(JSON.parse(lease.S)) : undefined;
}

export const isNew = (passing: Passing): boolean => putRecord(passing) !== undefined && put(passing).seen?.N === '1';
/** Of three dispatchers the first writes it as the one who is alive longest. */
const renewsHolder = ({ holder, standBy }: Lease): boolean =>
  holder !== undefined && standBy?.ready === true && holder.until > standBy.until;
const goesOver = (passing: Passing, before: Lease): boolean => {
  const { holder } = putLease(passing) ?? {};
  return holder !== undefined && before.holder !== undefined && holder.id !== before.holder.id;
};

const DeleteSchema = z.object({ Key: z.object({ pk: z.object({ S: z.string() }) }) });
/** The last that is removed of a job: the way from its key to its record. */
const removesHint = ({ body, operation }: Passing): boolean =>
  operation === 'DeleteItem' && DeleteSchema.parse(JSON.parse(body)).Key.pk.S === 'job';

/** The long ones first: they run side by side. */
export const MOMENTS: readonly Moment[] = [
  {
    title: 'Sourcegraph has answered the dequeue',
    service: 'sourcegraph',
    phase: 'answered',
    strikes: ({ operation, status }) => operation === 'dequeue' && status === 200,
    victim: 'holder',
    seconds: SHORT,
    unknownToOthers: true,
  },
  {
    title: 'the record of the job is about to be written',
    service: 'dynamoDb',
    phase: 'asked',
    strikes: isNew,
    victim: 'holder',
    seconds: SHORT,
    unknownToOthers: true,
    leaves: ['job', 'jobs'],
  },
  {
    title: 'the record of the job is written',
    service: 'dynamoDb',
    phase: 'answered',
    strikes: isNew,
    victim: 'holder',
    seconds: SHORT,
  },
  {
    title: 'ECS has made the task',
    service: 'ecs',
    phase: 'answered',
    strikes: ({ operation }) => operation === 'RunTask',
    victim: 'holder',
    seconds: LONG,
  },
  {
    title: 'a heartbeat is on its way',
    service: 'sourcegraph',
    phase: 'asked',
    strikes: ({ operation }, { heard }) => heard > 0 && operation === 'heartbeat',
    victim: 'holder',
    seconds: LONG,
  },
  {
    title: 'the lease is renewed',
    service: 'dynamoDb',
    phase: 'answered',
    strikes: (passing, { heard }) => heard > 0 && renewsHolder(putLease(passing) ?? {}),
    victim: 'holder',
    seconds: LONG,
  },
  {
    title: 'the lease has gone over to the stand-by, and the one who leaves has not learnt of it',
    service: 'dynamoDb',
    phase: 'answered',
    strikes: (passing, before) => goesOver(passing, before.lease),
    victim: 'holder',
    seconds: LONG,
    handsOver: true,
  },
  {
    title: 'the lease has gone over to the stand-by, and the one who follows has not learnt of it',
    service: 'dynamoDb',
    phase: 'answered',
    strikes: (passing, before) => goesOver(passing, before.lease),
    victim: 'follower',
    seconds: LONG,
    handsOver: true,
  },
  {
    title: 'completion has written the outcome',
    service: 'dynamoDb',
    phase: 'answered',
    strikes: (passing) => putRecord(passing)?.state.kind === 'finished',
    victim: 'completion',
    seconds: SHORT,
    exitCode: 7,
  },
  {
    title: 'Sourcegraph has taken the mark',
    service: 'sourcegraph',
    phase: 'answered',
    strikes: ({ operation }) => operation.startsWith('mark'),
    victim: 'completion',
    seconds: SHORT,
  },
  {
    title: 'nothing is left of the job, and the message is not acknowledged',
    service: 'dynamoDb',
    phase: 'answered',
    strikes: removesHint,
    victim: 'completion',
    seconds: SHORT,
    visibilitySeconds: 3,
  },
];
