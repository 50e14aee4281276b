import { describe, expect, test } from '@jest/globals';
import { type JobResult, RUNNER_EXIT, type RunnerOutcome } from '#jobs/job-result.ts';
import { deadlineOutcome, goDuration, relaunchOrMark, verdictOfClaim, verdictOfStop } from '#jobs/outcomes.ts';
import { RUNNER_CONTAINER } from '#jobs/task-definition.ts';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import { aRecord } from '../contracts/job-store.ts';

const record = {
  ...aRecord(1),
  containers: [
    { name: 'step-0', image: 'golang:1' },
    { name: 'step-1', image: 'node:24' },
  ],
};

function stopped(changes: Partial<TaskStopped> & { readonly exitCode?: number }): TaskStopped {
  const { exitCode, ...rest } = changes;
  return {
    task: 'task',
    attempt: `${record.key}/1`,
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [{ name: RUNNER_CONTAINER, ...(exitCode === undefined ? {} : { exitCode }) }],
    version: 5,
    startedAt: 1,
    spot: false,
    ...rest,
  };
}

describe('durations as Go prints them', () => {
  test.each([
    [0, '0s'],
    [1, '1ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [1_500, '1.5s'],
    [45_000, '45s'],
    [60_000, '1m0s'],
    [90_000, '1m30s'],
    [1_800_000, '30m0s'],
    [3_600_000, '1h0m0s'],
    [5_400_000, '1h30m0s'],
    [36_000_000, '10h0m0s'],
  ])('%i ms is %s', (ms, text) => {
    expect(goDuration(ms)).toBe(text);
  });
});

describe('deadline', () => {
  test('has the prefix that the reference gives it', () => {
    expect(deadlineOutcome(1_800_000)).toEqual({
      kind: 'errored',
      errorMessage: 'job exceeded maximum execution time of 30m0s: context deadline exceeded',
    });
  });
  test('has it once', () => {
    const runner = 'job exceeded maximum execution time of 30m0s: running command "x": context deadline exceeded';
    expect(deadlineOutcome(1_800_000, runner)).toEqual({ kind: 'errored', errorMessage: runner });
  });
});

describe("the runner's claim", () => {
  const rows: readonly (readonly [RunnerOutcome, string, string | undefined])[] = [
    [{ kind: 'completed' }, 'completed', undefined],
    [{ kind: 'failed', errorMessage: 'm' }, 'errored', 'step'],
    [{ kind: 'deadline', errorMessage: 'm' }, 'errored', 'deadline'],
    [{ kind: 'not-ours' }, 'errored', 'not-ours'],
  ];
  test.each(rows)('%j settles it', (claim, kind, failure) => {
    const verdict = verdictOfClaim(claim, 1_800_000);
    expect(verdict).toMatchObject({ kind: 'mark', outcome: { kind } });
    expect(verdict.kind === 'mark' ? verdict.failure : 'none').toBe(failure);
  });
  const asks: readonly RunnerOutcome[] = [
    { kind: 'stopped', errorMessage: 'm' },
    { kind: 'setup', errorMessage: 'm' },
    { kind: 'container-lost', container: 'step-0', errorMessage: 'm' },
  ];
  test.each(asks)('$kind waits for what AWS says', (claim) => {
    expect(verdictOfClaim(claim, 1_800_000)).toEqual({ kind: 'ask-task' });
  });
});

describe('a stopped task', () => {
  const lostContainer: RunnerOutcome = {
    kind: 'container-lost',
    container: 'step-1',
    errorMessage: 'step container lost: step-1',
  };
  const rows: readonly (readonly [string, TaskStopped, RunnerOutcome | undefined, object])[] = [
    [
      'runner exit 0',
      stopped({ exitCode: RUNNER_EXIT.completed }),
      undefined,
      { kind: 'mark', outcome: { kind: 'completed' } },
    ],
    [
      'runner exit 10',
      stopped({ exitCode: RUNNER_EXIT.failed }),
      undefined,
      { kind: 'mark', outcome: { kind: 'errored' }, failure: 'step' },
    ],
    ['runner exit 12', stopped({ exitCode: RUNNER_EXIT.deadline }), undefined, { kind: 'mark', failure: 'deadline' }],
    ['runner exit 13', stopped({ exitCode: RUNNER_EXIT.notOurs }), undefined, { kind: 'mark', failure: 'not-ours' }],
    ['runner killed by the kernel', stopped({ exitCode: 137 }), undefined, { kind: 'mark', failure: 'out-of-memory' }],
    [
      'runner killed after our stop',
      stopped({ exitCode: 137, stopCode: 'UserInitiated', stoppedReason: 'ECS is performing maintenance' }),
      undefined,
      { kind: 'mark', failure: 'infrastructure' },
    ],
    ['runner crashed', stopped({ exitCode: 1 }), undefined, { kind: 'lost' }],
    [
      'runner could not begin',
      stopped({ exitCode: RUNNER_EXIT.setup }),
      { kind: 'setup', errorMessage: 'the payload was gone' },
      { kind: 'lost', cause: expect.stringContaining('the payload was gone') },
    ],
    [
      'Spot, runner told',
      stopped({ exitCode: 14, stopCode: 'SpotInterruption', stoppedReason: 'Your Spot Task was interrupted.' }),
      { kind: 'stopped', errorMessage: 'm' },
      { kind: 'lost', reason: { class: 'spot' } },
    ],
    [
      'Spot just after the end',
      stopped({ exitCode: 0, stopCode: 'SpotInterruption' }),
      { kind: 'completed' },
      { kind: 'mark', outcome: { kind: 'completed' } },
    ],
    [
      'stopped by a stranger',
      stopped({ exitCode: 14, stopCode: 'UserInitiated', stoppedReason: 'Task stopped by user' }),
      { kind: 'stopped', errorMessage: 'm' },
      { kind: 'mark', outcome: { kind: 'errored', errorMessage: expect.stringContaining('Task stopped by user') } },
    ],
    [
      'a step out of memory',
      stopped({
        exitCode: 15,
        containers: [
          { name: RUNNER_CONTAINER, exitCode: 15 },
          { name: 'step-1', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
        ],
      }),
      lostContainer,
      {
        kind: 'mark',
        failure: 'out-of-memory',
        outcome: {
          kind: 'errored',
          errorMessage: expect.stringContaining('step container step-1 (node:24): a step needed more memory'),
        },
      },
    ],
    [
      'a step container without a reason',
      stopped({ exitCode: 15 }),
      lostContainer,
      { kind: 'mark', failure: 'image', outcome: { kind: 'errored', errorMessage: 'step container lost: step-1' } },
    ],
    [
      'an image that does not exist, told by the task alone',
      stopped({
        stopCode: 'TaskFailedToStart',
        containers: [],
        stoppedReason: 'CannotPullContainerError: pull access denied for golang:1',
      }),
      undefined,
      {
        kind: 'mark',
        failure: 'image',
        outcome: { kind: 'errored', errorMessage: expect.stringMatching(/^image golang:1: /) },
      },
    ],
    [
      'no network interface',
      stopped({
        stopCode: 'TaskFailedToStart',
        containers: [],
        stoppedReason: 'Timeout waiting for network interface provisioning to complete.',
      }),
      undefined,
      { kind: 'lost', reason: { class: 'infrastructure' } },
    ],
    [
      'nothing known at all',
      { task: 't', attempt: `${record.key}/1`, stoppedReason: '', containers: [], version: 0, spot: false },
      undefined,
      { kind: 'lost' },
    ],
  ];
  test.each(rows)('%s', (_title, event, claim, expected) => {
    expect(verdictOfStop(record, event, claim)).toMatchObject(expected);
  });
});

describe('a lost attempt', () => {
  const lost = verdictOfStop(record, stopped({ exitCode: 1 }), undefined);
  if (lost.kind !== 'lost') throw new Error('not lost');
  const result = (stepsStarted: boolean): JobResult => ({
    v: 1,
    attempt: `${record.key}/1`,
    outcome: { kind: 'stopped', errorMessage: '' },
    logEntries: 1,
    stepsStarted,
    logBytesSent: 0,
    durationMs: 0,
  });
  const policy = (relaunch: 'always' | 'before-first-step') => ({ relaunch, relaunchLimit: 3 });

  test('is launched again up to the limit', () => {
    const decide = (attempt: number) =>
      relaunchOrMark({ ...record, attempt }, lost, { result: undefined, everRan: true }, policy('always')).kind;
    expect([1, 2, 3, 4].map(decide)).toEqual(['relaunch', 'relaunch', 'relaunch', 'mark']);
  });

  test.each([
    ['a step had started', result(true), true, 'mark'],
    ['none had', result(false), true, 'relaunch'],
    ['nobody knows, and the task ran', undefined, true, 'mark'],
    ['the task never ran', undefined, false, 'relaunch'],
  ] as const)('before the first step only: %s', (_title, evidence, everRan, expected) => {
    expect(relaunchOrMark(record, lost, { result: evidence, everRan }, policy('before-first-step')).kind).toBe(
      expected,
    );
  });
});
