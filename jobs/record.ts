// The record of one dequeued job: all that must survive a crash, and nothing more. It is small, because every tick reads
// all of them; the job itself (which may be megabytes) lies beside the payloads, under the same key.
import * as z from 'zod/mini';
import { type AttemptId, type JobKey, parseAttemptId, parseJobKey } from './keys.ts';

const Millis = z.number();
const Count = z.int().check(z.nonnegative());

const JobKeySchema = z.custom<JobKey>((value) => typeof value === 'string' && parseJobKey(value).kind === 'job');
const AttemptIdSchema = z.custom<AttemptId>(
  (value) => typeof value === 'string' && parseAttemptId(value).kind === 'attempt',
);

const MarkOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('completed') }),
  z.object({ kind: z.literal('errored'), errorMessage: z.string() }),
  z.object({ kind: z.literal('failed'), errorMessage: z.string() }),
]);

/**
 * Why something ended, for metrics and logs: the dimension of `JobsFailed`. One may be added at any time, together with a
 * record that has it in test/jobs/stored: the code of before takes it for `internal`. None may be taken away or renamed.
 */
export const FAILURE_KINDS = [
  'step',
  'out-of-memory',
  'image',
  'configuration',
  'capacity',
  'infrastructure',
  'deadline',
  'cancelled',
  'not-ours',
  'refused',
  'internal',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];
/** A job must not be stuck in a record that cannot be read because a later version counts its failure in another way. */
const FailureKindSchema = z.pipe(
  z.union([z.enum(FAILURE_KINDS), z.string()]),
  z.transform((kind): FailureKind => FAILURE_KINDS.find((known) => known === kind) ?? 'internal'),
);

/**
 * A state or an ending keeps what a later version has put into it, as the record itself does; the types do not speak of
 * such fields.
 */
const variant = <Shape extends z.core.$ZodShape>(shape: Shape): z.ZodMiniObject<Shape> => z.looseObject(shape);

/** What becomes of the job once its task is surely stopped. */
const EndingSchema = z.discriminatedUnion('kind', [
  /** Marked so, whatever the task still says, unless `resultWins` and the runner had ended by itself. */
  variant({
    kind: z.literal('mark'),
    outcome: MarkOutcomeSchema,
    failure: FailureKindSchema,
    resultWins: z.boolean(),
  }),
  /** The runner said why it ended early; the stopped task says whether that was the user's fault. */
  variant({ kind: z.literal('decide') }),
  /** Launched again: the machine failed, not the job. */
  variant({ kind: z.literal('relaunch'), cause: z.string() }),
  /** Not ours any more: nothing more is said about it. It gets no heartbeat from now on. */
  variant({ kind: z.literal('forget'), cause: z.string() }),
]);
export type Ending = z.infer<typeof EndingSchema>;

const SizeSchema = z.object({
  cpuUnits: Count,
  memoryMiB: Count,
  ephemeralStorageGiB: Count,
});

/** Byte for byte what is sent, and sent again after a lost answer: see LaunchRequest in ./world.ts. */
const LaunchRequestSchema = z.object({
  attempt: AttemptIdSchema,
  clientToken: z.string(),
  definition: z.string(),
  payloadUrl: z.string(),
  capacity: z.enum(['on-demand', 'spot']),
  size: SizeSchema,
});

/** `since`: when the state was entered. `notBefore`: when its effect (./states.ts) is due, or due again. */
const StateSchema = z.discriminatedUnion('kind', [
  /** No task exists for this attempt. Effect: define, write the payload, record the request. */
  variant({ kind: z.literal('to-launch'), since: Millis, notBefore: Millis, waitsFor: z.optional(z.string()) }),
  /** The request is written and may have been sent any number of times. Effect: send it. */
  variant({
    kind: z.literal('launching'),
    since: Millis,
    notBefore: Millis,
    request: LaunchRequestSchema,
    /** Why it was put off last. */
    waitsFor: z.optional(z.string()),
    /** It is sent no more since then, because it may have been carried out: its task is looked for. */
    lookingSince: z.optional(Millis),
    /** Ends the job as soon as the launch has a definite answer. */
    abandon: z.optional(EndingSchema),
  }),
  /** ECS has the task and it does not run yet. */
  variant({ kind: z.literal('starting'), since: Millis, task: z.string() }),
  variant({ kind: z.literal('running'), since: Millis, task: z.string() }),
  /** Effect: StopTask. */
  variant({
    kind: z.literal('stopping'),
    since: Millis,
    notBefore: Millis,
    task: z.string(),
    why: z.string(),
    then: EndingSchema,
    /** When ECS first took the StopTask; the task's own time to end counts from then on. */
    acceptedAt: z.optional(Millis),
  }),
  /** Nothing of it runs, its outcome is decided. Effect: mark. */
  variant({
    kind: z.literal('finished'),
    since: Millis,
    notBefore: Millis,
    outcome: MarkOutcomeSchema,
    failure: z.optional(FailureKindSchema),
    /** Marks that were sent and not answered. */
    tries: Count,
    marksRefused: z.optional(Count),
  }),
]);
export type JobState = z.infer<typeof StateSchema>;
export type StateKind = JobState['kind'];

export const JobRecordSchema = z.looseObject({
  /** Readers accept this version and the next one, and keep fields that they do not know. */
  v: z.union([z.literal(1), z.literal(2)]),
  key: JobKeySchema,
  queue: z.string(),
  jobId: Count,
  /** The job's own token, which dies with the mark; absent on instances that give none. */
  token: z.optional(z.string()),
  dequeuedAt: Millis,
  /** Counts RunTasks that were not definitely refused. */
  attempt: z.int().check(z.positive()),
  /** Refused launches of this attempt: each needs a client token of its own, because ECS replays a refusal. */
  refusals: Count,
  /** The last of them that was for lack of capacity or quota, and how many were. */
  capacityRefusal: z.optional(
    z.object({ capacity: z.enum(['on-demand', 'spot']), why: z.string(), times: z.int().check(z.positive()) }),
  ),
  /** Attempts lost without the user's fault. */
  losses: z.object({ infrastructure: Count, spot: Count }),
  /** Why the attempt before was lost, for the log of this one. */
  lastLoss: z.optional(z.string()),
  /** Ticks that threw over this job alone. */
  strikes: Count,
  /** Entries that the job's log has in Sourcegraph, as far as is known. */
  logEntries: Count,
  firstStepStarted: z.boolean(),
  /** Says in the log what this attempt waits for before its launch; no ID while nobody knows of it, 0 if it is not there. */
  waitingEntry: z.optional(z.object({ startTime: Millis, writtenAt: Millis, entryId: z.optional(Count) })),
  /** The attempt of which an entry was added because its launch or its start takes long. */
  launchToldFor: z.optional(Count),
  /** Which image each step container runs, so that a lost one can be named. */
  containers: z.array(z.object({ name: z.string(), image: z.string() })),
  /** As its task definition has it; for quota and cost. */
  size: SizeSchema,
  /** Milliseconds from the clone to the last step. */
  runtimeLimitMs: z.int().check(z.positive()),
  /** The attempt's last launch, from when on it may be billed. */
  launched: z.optional(z.object({ at: Millis, capacity: z.enum(['on-demand', 'spot']) })),
  /** When the running attempt's links were last renewed. */
  linksRenewedAt: Millis,
  state: StateSchema,
});

export type JobRecord = z.infer<typeof JobRecordSchema>;

/** Whether Sourcegraph is told that the job lives: all but those given back, which stop being named for good. */
export function isHeartbeated(record: JobRecord): boolean {
  const { state } = record;
  if (state.kind === 'stopping') return state.then.kind !== 'forget';
  if (state.kind === 'launching') return state.abandon?.kind !== 'forget';
  return true;
}

/** The task of the record's attempt, once ECS has named it. */
export function taskOf(record: JobRecord): string | undefined {
  return 'task' in record.state ? record.state.task : undefined;
}

/** Without what was told of and learnt in the launch of one attempt. */
export function withoutLaunch(record: JobRecord): JobRecord {
  const { capacityRefusal, waitingEntry, ...rest } = record;
  return capacityRefusal === undefined && waitingEntry === undefined ? record : rest;
}
