import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineLauncher } from '#local/engine-launcher.ts';
import { openProcessEngine } from '#local/engines/process/process-engine.ts';
import { MemoryJobStore } from '#local/memory/job-store.ts';
import { MemoryLeaseStore } from '#local/memory/lease-store.ts';
import { PayloadServer } from '#local/memory/payload-server.ts';
import { MemoryPayloadStore } from '#local/memory/payload-store.ts';
import { MemoryResultsQueue } from '#local/memory/results-queue.ts';
import { realClock } from '#runner/real-clock.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { ResultMessage } from '#jobs/world.ts';
import { describeJobStore } from '../../contracts/job-store.ts';
import { describeLeaseStore } from '../../contracts/lease-store.ts';
import { describePayloadStore } from '../../contracts/payload-store.ts';
import { describeResultsQueue } from '../../contracts/results-queue.ts';
import { SCRIPTED_RUNNERS, scriptedTask } from '../../contracts/scripted-task.ts';
import { describeTaskLauncher } from '../../contracts/task-launcher.ts';

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(5);
}

describeJobStore('memory', () => new MemoryJobStore());
describeLeaseStore('memory', () => new MemoryLeaseStore());

describePayloadStore('memory over loopback HTTP', async () => {
  const server = await PayloadServer.listen();
  const told: string[] = [];
  const store = new MemoryPayloadStore({
    urls: server.urls,
    secret: () => randomBytes(16).toString('hex'),
    onResult: (attempt) => told.push(attempt),
  });
  server.serve(store);
  return { store, told: () => Promise.resolve(told), close: () => server.close() };
});

describeResultsQueue('memory', (failures) => {
  const received: ResultMessage[] = [];
  // Redeliveries are seconds apart; here they need not be.
  const clock = { now: () => realClock.now(), sleep: () => realClock.sleep(1) };
  const queue = new MemoryResultsQueue({
    clock,
    handle: (message) => {
      received.push(message);
      return Promise.resolve(received.length <= failures ? { kind: 'retry', why: 'not yet' } : { kind: 'done' });
    },
    onDead: (_message, error) => {
      throw error;
    },
  });
  return {
    queue,
    delivered: async (count) => {
      await until(() => received.length >= count);
      return received;
    },
    close: () => {
      queue.close();
      return Promise.resolve();
    },
  };
});

describeTaskLauncher('process engine', async () => {
  const stateFolder = mkdtempSync(path.join(tmpdir(), 'launcher-'));
  const engine = await openProcessEngine({
    runnerCommand: SCRIPTED_RUNNERS,
    stateFolder,
    environment: process.env,
    isolation: 'never',
    runnerOutput: 'ignore',
  });
  const stopped: TaskStopped[] = [];
  const launcher = new EngineLauncher(engine, (one) => stopped.push(one));
  return {
    launcher,
    definition: scriptedTask({ runner: '' }, '').definition,
    eventually: until,
    stopped: () => stopped,
    close: async () => {
      await engine.close();
      launcher.close();
      rmSync(stateFolder, { recursive: true });
    },
  };
});
