// What an invocation of the dispatcher is told: by the schedule when it was due, by another dispatcher that it is to stand
// by, and by somebody who invokes the function by hand nothing.
import * as z from 'zod/mini';

export const DispatcherEventSchema = z.nullish(
  z.object({ scheduledTime: z.optional(z.iso.datetime()), standBy: z.optional(z.boolean()) }),
);

export type DispatcherEvent = z.infer<typeof DispatcherEventSchema>;
