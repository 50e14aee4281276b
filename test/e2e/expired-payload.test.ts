// A task whose link to the payload has died before the step-runner could follow it.
import { afterEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Engine } from '#local/engines/engine.ts';
import { deploy, type Deployment, processEngine } from './deployment.ts';
import { dockerJob, out } from './jobs.ts';

/** Longer than any link lives. */
const LATE_MS = 8 * 24 * 3_600_000;

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The first task starts when its links are long dead; the ones after it find a clock that is right. */
function lateAtFirst(engine: Engine, advance: (ms: number) => void): Engine {
  let late: string | undefined;
  engine.onStopped(({ task }) => {
    if (task === late) advance(-LATE_MS);
  });
  return {
    ...methodsOf(engine),
    start: async (task) => {
      if (late !== undefined) return engine.start(task);
      late = 'starting';
      advance(LATE_MS);
      const started = await engine.start(task);
      if (started.kind === 'started') late = started.task;
      return started;
    },
  };
}

function methodsOf(engine: Engine): Engine {
  return {
    name: engine.name,
    description: engine.description,
    start: (task) => engine.start(task),
    stop: (task, why) => engine.stop(task, why),
    list: () => engine.list(),
    onStopped: (listener) => engine.onStopped(listener),
    removeOrphans: () => engine.removeOrphans(),
    close: () => engine.close(),
  };
}

test('an expired payload loses the attempt and not the job: it is launched again with new links', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'expired-payload-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const bound: { aws?: Deployment['aws'] } = {};
  const engine = lateAtFirst(await processEngine(folder), (ms) => bound.aws?.advance(ms));
  const deployment = await deploy({ engine });
  bound.aws = deployment.aws;
  closing.push(() => deployment.close());
  const { commit, completion, dispatcher, ecs, sandbox } = deployment;
  const job = sandbox.rules.enqueue('codeintel', dockerJob(commit, [{ key: 'greet', commands: ['cat README.md'] }]));
  const invoked = dispatcher.invoke({ scheduledTime: new Date().toISOString() });
  await deployment.finished(job);
  expect(job).toMatchObject({ state: 'completed', marks: 1, dequeues: 1 });
  expect(out(job, 'step.docker.greet')).toContain('stdout: hello');
  expect(out(job, 'setup.relaunch')).toContain('attempt 2');
  expect(ecs.calls.filter((call) => call === 'RunTask')).toHaveLength(2);
  expect(await invoked).toEqual({ kind: 'response', payload: { ended: 'idle' } });
  expect(dispatcher.output + completion.output).not.toContain('X-Amz-Signature');
});
