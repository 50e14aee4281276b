// Whether a step container has ended before its agent ever spoke: no such shell, wrong architecture, an image that
// could not be pulled. Told by the task metadata endpoint, version 4 (ECS_CONTAINER_METADATA_URI_V4).
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';

const TaskSchema = z.object({
  Containers: z.array(z.object({ Name: z.string(), KnownStatus: z.string(), ExitCode: z.optional(z.number()) })),
});

/** ECS throttles the endpoint; a second is also how soon a dead container is noticed. */
const POLL_MS = 1000;

/** Resolves with one sentence when the container is known to have stopped, with undefined when aborted. */
export async function stoppedWithoutAnswer(
  metadataUri: string,
  container: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  while (!signal.aborted) {
    const found = (await readTask(metadataUri, signal))?.Containers.find(({ Name }) => Name === container);
    if (found?.KnownStatus === 'STOPPED') {
      const how = found.ExitCode === undefined ? 'without an exit code' : `with exit code ${found.ExitCode}`;
      return `it stopped ${how} before it was ready`;
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** An endpoint that does not answer, or not with a task, says nothing about the container: ask again. */
async function readTask(uri: string, signal: AbortSignal): Promise<z.infer<typeof TaskSchema> | undefined> {
  try {
    const answer = await fetch(`${uri}/task`, { signal: AbortSignal.any([signal, AbortSignal.timeout(POLL_MS)]) });
    return z.safeParse(TaskSchema, await answer.json()).data;
  } catch {
    return undefined;
  }
}
