// What an attempt comes to when Sourcegraph is away at its end, in virtual time: who is patient for how long, and whose
// fault it is called.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { LIMITS } from '#jobs/limits.ts';
import type { RunnerOutcome } from '#jobs/job-result.ts';
import { type Payload, PayloadSchema } from '#jobs/payload.ts';
import { runAttempt, type RunningAttempt } from '#runner/attempt.ts';
import { failed, interrupted, OK, type Outcome } from '#runner/command-outcome.ts';
import { FLUSH_PATIENCE_HURRIED_MS } from '#runner/log-entries/log-entries.ts';
import type { LogRoutes, RouteProblem } from '#runner/log-entries/routes.ts';
import { VirtualClock } from './log-entries/virtual-clock.ts';

const MINUTE = 60_000;

const payload: Payload = PayloadSchema.parse({
  v: 1,
  attempt: 'batches/42/000000000000/1',
  attemptNumber: 1,
  logEntries: 0,
  frontendUrl: 'https://sourcegraph.example.com',
  executorName: 'executor-1',
  queue: 'batches',
  job: { version: 2, id: 42, token: 'token', repositoryName: '' },
  redactedValues: {},
  stepContainers: [],
  runtimeLimitMs: 30 * MINUTE,
  links: { result: 'https://store.example.com/result' },
  options: { keepWorkspace: 'never', tlsVerify: true },
});

const AWAY: RouteProblem = { kind: 'unreachable', message: 'no answer', mayHaveTakenEffect: false };

let clock: VirtualClock;
let stop: AbortController;
let sent: string[];
/** In the place of every answer of Sourcegraph, while it is set. */
let problem: RouteProblem | undefined;
beforeEach(() => {
  clock = new VirtualClock();
  stop = new AbortController();
  sent = [];
  problem = undefined;
});

const routes: LogRoutes = {
  add: ({ key }) => Promise.resolve(problem ?? { kind: 'added', entryId: sent.push(key) }),
  update: () => Promise.resolve(problem ?? { kind: 'updated' }),
};

/** One entry, and then what `work` comes to. */
function attempt(
  work: (running: RunningAttempt) => Promise<Outcome>,
  begins: 'with a step' | 'before any step' = 'with a step',
): { readonly outcome: () => RunnerOutcome } {
  let ended: RunnerOutcome | undefined;
  const carryOut = (running: RunningAttempt): Promise<Outcome> => {
    if (begins === 'with a step') running.stepStarting();
    running.entries.begin('step.docker.a', []).end(0);
    return work(running);
  };
  const tearDown = (): Promise<void> => Promise.resolve();
  const kill = new AbortController().signal;
  void runAttempt({ payload, clock, routes, stop: stop.signal, kill, carryOut, tearDown }).then(({ outcome }) => {
    ended = outcome;
  });
  return {
    outcome: () => {
      if (ended === undefined) throw new Error('it has not ended');
      return ended;
    },
  };
}

const NOT_SENT = 'sending the log to Sourcegraph: no answer';
const good = (): Promise<Outcome> => Promise.resolve(OK);
const bad = (): Promise<Outcome> => Promise.resolve(failed('command failed with exit code 1'));

describe('good steps, and Sourcegraph is away', () => {
  test('for less than the patience: completed', async () => {
    problem = AWAY;
    const { outcome } = attempt(good);
    await clock.pass(LIMITS.logPatienceMs - MINUTE);
    problem = undefined;
    await clock.pass(MINUTE / 2);
    expect(outcome()).toEqual({ kind: 'completed' });
    expect(sent).toEqual(['step.docker.a']);
  });

  test('for longer: failed, because its results are read from the log', async () => {
    problem = AWAY;
    const { outcome } = attempt(good);
    await clock.pass(LIMITS.logPatienceMs - 1);
    expect(outcome).toThrow('it has not ended');
    await clock.pass(1);
    expect(outcome()).toEqual({ kind: 'failed', errorMessage: NOT_SENT });
  });

  test('and the task is told to stop: stopped, so that a task that Spot took is launched again', async () => {
    problem = AWAY;
    const { outcome } = attempt(good);
    await clock.pass(MINUTE);
    stop.abort();
    await clock.pass(FLUSH_PATIENCE_HURRIED_MS);
    expect(outcome()).toEqual({ kind: 'stopped', errorMessage: NOT_SENT, stepsDone: true });
  });

  test('and back before a stop has lost its patience: completed', async () => {
    problem = AWAY;
    const { outcome } = attempt(good);
    stop.abort();
    await clock.pass(FLUSH_PATIENCE_HURRIED_MS / 2);
    problem = undefined;
    await clock.pass(FLUSH_PATIENCE_HURRIED_MS / 2);
    expect(outcome()).toEqual({ kind: 'completed' });
  });
});

test('a step that failed is told beside a log that was not sent, stop or no stop', async () => {
  problem = AWAY;
  const { outcome } = attempt(bad);
  stop.abort();
  await clock.pass(FLUSH_PATIENCE_HURRIED_MS);
  expect(outcome()).toEqual({ kind: 'failed', errorMessage: `command failed with exit code 1; ${NOT_SENT}` });
});

test('a log entry that is refused fails the job at once', async () => {
  problem = { kind: 'refused', message: 'HTTP 413' };
  const { outcome } = attempt(good);
  stop.abort();
  await clock.pass(0);
  expect(outcome()).toMatchObject({ kind: 'failed', errorMessage: expect.stringContaining('HTTP 413') });
});

describe('what ends a job while its steps run', () => {
  const untilEnded = async ({ signal }: RunningAttempt): Promise<Outcome> => {
    await clock.sleep(Infinity, signal);
    return interrupted(signal);
  };

  test('its time limit', async () => {
    const { outcome } = attempt(untilEnded);
    await clock.pass(payload.runtimeLimitMs - 1);
    expect(outcome).toThrow('it has not ended');
    await clock.pass(1);
    const errorMessage = 'job exceeded maximum execution time of 30m0s: context deadline exceeded';
    expect(outcome()).toEqual({ kind: 'deadline', errorMessage });
  });

  test('its time limit, and Sourcegraph is away: no attempt is made again only because no step had begun', async () => {
    problem = AWAY;
    const { outcome } = attempt(untilEnded, 'before any step');
    await clock.pass(payload.runtimeLimitMs + LIMITS.logPatienceMs);
    expect(outcome()).toMatchObject({ kind: 'deadline', errorMessage: expect.stringContaining(NOT_SENT) });
  });

  test('a stop', async () => {
    const { outcome } = attempt(untilEnded);
    await clock.pass(MINUTE);
    stop.abort();
    await clock.pass(0);
    expect(outcome()).toEqual({ kind: 'stopped', errorMessage: 'context canceled' });
  });

  test('a Sourcegraph that no longer knows it', async () => {
    problem = { kind: 'not-ours' };
    const { outcome } = attempt(untilEnded);
    await clock.pass(0);
    expect(outcome()).toEqual({ kind: 'not-ours' });
  });
});

test('a bug in the work is told as such, and the log that was written is sent', async () => {
  const { outcome } = attempt(() => Promise.reject(new TypeError('no such thing')));
  await clock.pass(0);
  expect(outcome()).toEqual({ kind: 'failed', errorMessage: 'internal error: no such thing' });
  expect(sent).toEqual(['step.docker.a']);
});
