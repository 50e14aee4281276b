// What an engine and a process that carries the step-runners of several tasks tell each other, over Node's IPC channel.
// The engine's end of the channel is the process's end.
import * as z from 'zod/mini';

/** Tasks are named by the engine. */
const task = z.string();

export const OrderSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('run'),
    task,
    /** What a step-runner in a process of its own would find in its environment. */
    environment: z.record(z.string(), z.string()),
    /** Whether steps see the workspace at /job although it is elsewhere for the step-runner. */
    mounted: z.boolean(),
    /** The program and its arguments that start a command where it ends with the task; empty: the process itself does. */
    launcher: z.array(z.string()),
  }),
  /** As SIGTERM to a process of its own. */
  z.object({ kind: z.literal('stop'), task }),
  /** As SIGKILL: nothing more is said to anyone. */
  z.object({ kind: z.literal('kill'), task }),
]);
export type Order = z.infer<typeof OrderSchema>;
export type RunOrder = Extract<Order, { readonly kind: 'run' }>;

/** Sent once a task, when nothing of its step-runner is left in the process. */
export const EndedSchema = z.object({ kind: z.literal('ended'), task, exitCode: z.int() });
export type Ended = z.infer<typeof EndedSchema>;
