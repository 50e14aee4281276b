// The sandbox's rules: what the real instance does with jobs, heartbeats, resets, marks and cancels.
import { describe, expect, test } from '@jest/globals';
import { SandboxRules } from '#local/sandbox/rules.ts';
import type { LogEntry } from '#local/sandbox/jobs.ts';

const START = Date.UTC(2026, 0, 1);
const ENTRY: LogEntry = {
  key: 'step.docker.0',
  command: null,
  startTime: '2026-01-01T00:00:00Z',
  out: 'stdout: hi\n',
  exitCode: 0,
};
const RESULT: LogEntry = {
  ...ENTRY,
  key: 'step.docker.step.0.post',
  out: `stdout: ${JSON.stringify({ operation: 'CACHE_AFTER_STEP_RESULT', timestamp: '', status: 'SUCCESS', metadata: { key: 'k', value: { stepIndex: 0 } } })}\n`,
};

function world(queues: readonly string[] = ['batches', 'codeintel']) {
  const clock = { now: START, fraction: 0, tokens: 0 };
  const rules = new SandboxRules(
    {
      now: () => clock.now,
      fraction: () => clock.fraction,
      token: () => (clock.tokens++).toString(16).padStart(32, '0'),
    },
    { queues },
  );
  const take = (executorName = 'e1', queue = 'batches') => {
    const answer = rules.dequeue({ executorName, version: '7.6.0', queues: [queue], several: false });
    if (answer.kind !== 'job') throw new Error(`expected a job, got ${JSON.stringify(answer)}`);
    const { job } = answer;
    return { job, identity: { jobToken: job.token ?? '', jobId: job.id, executorName } };
  };
  const beat = (ids: readonly number[], executorName = 'e1') =>
    rules.heartbeat({ executorName, held: [{ queue: 'batches', jobIds: ids }] });
  beat([]);
  return { clock, rules, take, beat };
}

describe('a job that nobody speaks for', () => {
  test('is queued again after 25 s, and its old token names a job that is no longer owned', () => {
    const { clock, rules, take, beat } = world();
    rules.enqueue('batches', {});
    const { job, identity } = take();
    clock.now += 25_000;
    beat([]);
    expect(job.state).toBe('processing');
    clock.now += 1;
    expect(beat([job.id])).toMatchObject({ known: [], cancel: [] });
    expect(job.state).toBe('queued');
    expect(rules.addLogEntry('batches', identity, ENTRY)).toEqual({
      kind: 'error',
      status: 500,
      json: { error: 'unknown job' },
    });
    expect(rules.mark('batches', identity, 'completed', undefined)).toEqual({ kind: 'error', status: 404, json: null });
  });

  test('comes back with a new token and an empty log; the old token is dead', () => {
    const { clock, rules, take } = world();
    rules.enqueue('batches', {});
    const first = take();
    rules.addLogEntry('batches', first.identity, ENTRY);
    clock.now += 25_001;
    const second = take();
    expect(second.job).toBe(first.job);
    expect(second.job.logs).toEqual([]);
    expect(rules.addLogEntry('batches', first.identity, ENTRY)).toMatchObject({ status: 401 });
    expect(rules.addLogEntry('batches', second.identity, ENTRY)).toEqual({ kind: 'added', entryId: 1 });
  });

  test('is failed for good when it would be reset a fourth time', () => {
    const { clock, rules, take } = world();
    const job = rules.enqueue('batches', {});
    for (let i = 0; i < 4; i++) {
      take();
      clock.now += 25_001;
      rules.resetStalledJobs();
    }
    expect(job).toMatchObject({
      state: 'failed',
      resets: 3,
      failureMessage: 'job processor died while handling this message too many times',
    });
  });
});

describe('heartbeats', () => {
  test('name only the jobs that this executor owns', () => {
    const { rules, take, beat } = world();
    rules.enqueue('batches', {});
    rules.enqueue('batches', {});
    const mine = take('e1').job;
    const theirs = take('e2').job;
    const answer = beat([mine.id, theirs.id, 99]);
    expect(answer).toMatchObject({ kind: 'answered' });
    expect('known' in answer && answer.known).toEqual([mine]);
  });

  test.each([
    ['no queue names', [], [], 'queueNames must be set for multi-queue heartbeats'],
    [
      'a queue outside',
      ['a', 'b'],
      [{ queue: 'x', jobIds: [1] }],
      "unsupported queue name(s) 'x' submitted in queueJobIds, executor is configured for queues 'a, b'",
    ],
  ])('of several queues are refused with %s', (_, configured, held, error) => {
    const { rules } = world();
    expect(rules.heartbeat({ executorName: 'e1', held, configured })).toEqual({
      kind: 'error',
      status: 500,
      json: { error },
    });
  });
});

describe('marks', () => {
  test('a batches job without a step result is failed', () => {
    const { rules, take } = world();
    rules.enqueue('batches', {});
    const { job, identity } = take();
    rules.addLogEntry('batches', identity, ENTRY);
    expect(rules.mark('batches', identity, 'completed', undefined)).toEqual({ kind: 'marked' });
    expect(job).toMatchObject({ state: 'failed', failureMessage: 'found no step results' });
  });

  test('a batches job with a step result is completed, and the token dies with the mark', () => {
    const { rules, take } = world();
    rules.enqueue('batches', {});
    const { job, identity } = take();
    rules.addLogEntry('batches', identity, RESULT);
    rules.mark('batches', identity, 'completed', undefined);
    expect(job.state).toBe('completed');
    expect(rules.mark('batches', identity, 'completed', undefined)).toMatchObject({ status: 401 });
    expect(job.marks).toBe(1);
  });

  test('a canceled job ends canceled whichever mark its executor sends', () => {
    const { rules, take, beat } = world();
    rules.enqueue('batches', {});
    const { job, identity } = take();
    rules.cancel('batches', job.id);
    const answer = beat([job.id]);
    expect('cancel' in answer && answer.cancel).toEqual([job]);
    rules.mark('batches', identity, 'failed', 'context canceled');
    expect(job.state).toBe('canceled');
  });

  test('a queued job is canceled at once', () => {
    const { rules } = world();
    const job = rules.enqueue('batches', {});
    rules.cancel('batches', job.id);
    expect(job.state).toBe('canceled');
    expect(rules.dequeue({ executorName: 'e1', version: '7.6.0', queues: ['batches'], several: false })).toEqual({
      kind: 'empty',
    });
  });

  test("another job's token, and another queue's route, are refused", () => {
    const { rules, take } = world();
    rules.enqueue('batches', {});
    rules.enqueue('codeintel', {});
    const one = take();
    const other = take('e1', 'codeintel');
    expect(rules.mark('codeintel', one.identity, 'completed', undefined)).toMatchObject({ status: 403 });
    expect(rules.mark('codeintel', { ...other.identity, jobId: 7 }, 'completed', undefined)).toMatchObject({
      status: 403,
    });
  });

  test('an entry ID above the count is an unknown job', () => {
    const { rules, take } = world();
    rules.enqueue('batches', {});
    const { identity } = take();
    expect(rules.updateLogEntry('batches', identity, 1, ENTRY)).toMatchObject({ status: 500 });
  });
});

describe('dequeues', () => {
  test('of several queues name the queue in the job, and of one queue do not', () => {
    const { rules } = world();
    rules.enqueue('batches', { repositoryName: 'a' });
    rules.enqueue('codeintel', { repositoryName: 'b' });
    const several = rules.dequeue({ executorName: 'e1', version: '7.6.0', queues: ['codeintel'], several: true });
    const single = rules.dequeue({ executorName: 'e1', version: '7.6.0', queues: ['batches'], several: false });
    expect(several).toMatchObject({ kind: 'job', wire: { id: 1, queue: 'codeintel' } });
    expect('wire' in single && Object.keys(single.wire)).toEqual(['repositoryName', 'id', 'token']);
  });

  test.each([
    ['batches at the start', 0, 'batches'],
    ['batches up to four fifths', 0.79, 'batches'],
    ['codeintel above', 0.81, 'codeintel'],
  ])('draw %s', (_, fraction, queue) => {
    const { clock, rules } = world();
    rules.enqueue('batches', {});
    rules.enqueue('codeintel', {});
    clock.fraction = fraction;
    expect(
      rules.dequeue({ executorName: 'e1', version: '7.6.0', queues: ['batches', 'codeintel'], several: true }),
    ).toMatchObject({ wire: { queue } });
  });

  test.each([
    [
      'an unknown queue',
      { queues: ['x'] },
      "Invalid queue name(s) 'x' found. Supported queue names are 'batches, codeintel'.",
    ],
    ['no name', { executorName: '' }, 'worker hostname cannot be empty'],
    ['a version that is none', { version: 'seven' }, 'failed to check version "seven": Invalid Semantic Version'],
  ])('with %s are refused', (_, change, error) => {
    const { rules } = world();
    const answer = rules.dequeue({
      executorName: 'e1',
      version: '7.6.0',
      queues: ['batches'],
      several: true,
      ...change,
    });
    expect(answer).toEqual({ kind: 'error', status: 500, json: { error } });
  });
});
