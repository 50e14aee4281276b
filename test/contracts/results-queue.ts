// What every ResultsQueue must do: what was sent arrives, whole, and again when its handling did not succeed.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ResultMessage, ResultsQueue } from '#jobs/world.ts';

export interface ResultsQueueUnderTest {
  readonly queue: ResultsQueue;
  /** Waits until so many deliveries have been made, and answers them in order. */
  delivered(count: number): Promise<readonly ResultMessage[]>;
  close(): Promise<void>;
}

const STOPPED: ResultMessage = {
  kind: 'task-stopped',
  stopped: {
    task: 'arn:aws:ecs:eu-west-1:123456789012:task/exec/0f3c',
    attempt: 'batches/7/0123456789ab/1',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [
      { name: 'step-runner', exitCode: 0 },
      { name: 'step-0', reason: 'OutOfMemoryError: ä' },
    ],
    version: 5,
    startedAt: 1_800_000_000_000,
    spot: true,
  },
};
const MESSAGES: readonly ResultMessage[] = [
  { kind: 'result-stored', attempt: 'batches/7/0123456789ab/1' },
  STOPPED,
  { kind: 'mark-due', key: 'batches/7/0123456789ab' },
];

/** `make`: a queue whose handler refuses the first `failures` deliveries. */
export function describeResultsQueue(
  name: string,
  make: (failures: number) => Promise<ResultsQueueUnderTest> | ResultsQueueUnderTest,
): void {
  describe(`ResultsQueue: ${name}`, () => {
    let world: ResultsQueueUnderTest;
    afterEach(() => world.close());

    describe('a handler that works', () => {
      beforeEach(async () => {
        world = await make(0);
      });

      test.each(MESSAGES)('$kind arrives as it was sent', async (message) => {
        expect(await world.queue.send(message)).toBe('sent');
        expect(await world.delivered(1)).toEqual([message]);
      });

      test('many messages all arrive, in whatever order', async () => {
        const sent = Array.from({ length: 25 }, (_, index) => ({
          kind: 'mark-due' as const,
          key: `batches/${index}/0123456789ab`,
        }));
        await Promise.all(sent.map((message) => world.queue.send(message)));
        const keys = (await world.delivered(25)).map((message) => (message.kind === 'mark-due' ? message.key : ''));
        expect(new Set(keys)).toEqual(new Set(sent.map(({ key }) => key)));
      });
    });

    test('what could not be handled comes again', async () => {
      world = await make(1);
      await world.queue.send(STOPPED);
      expect(await world.delivered(2)).toEqual([STOPPED, STOPPED]);
    });
  });
}
