import { describe, expect, test } from '@jest/globals';
import { launchEntry, waitingEntry } from '#jobs/waiting.ts';
import type { JobRecord } from '#jobs/record.ts';
import { aRecord } from '../contracts/job-store.ts';

const waits = { waitsFor: "the account's Fargate vCPU quota is used up.", startTime: 1_000 };
const refusedFor = (record: JobRecord, why: string): JobRecord => ({
  ...record,
  refusals: 1,
  capacityRefusal: { capacity: 'on-demand', why, times: 1 },
});
const refused = refusedFor(aRecord(1), waits.waitsFor);

test('a job that is held up says what it waits for, and the quota where it is known', () => {
  expect(waitingEntry(refused, { ...waits, vcpuLimit: 6 }, 31_000)).toEqual({
    key: 'setup.waiting',
    startTime: 1_000,
    out: "stdout: waiting for Fargate capacity, quota 6 vCPU (the account's Fargate vCPU quota is used up.)\n",
    exitCode: 0,
    durationMs: 30_000,
  });
  expect(waitingEntry(refused, { ...waits, vcpuLimit: undefined }, 31_000).out).toBe(
    "stdout: waiting for Fargate capacity (the account's Fargate vCPU quota is used up.)\n",
  );
});

describe('what it waits for is named', () => {
  const told = (record: JobRecord, waitsFor: string): string =>
    waitingEntry(record, { waitsFor, startTime: 0, vcpuLimit: 6 }, 1).out;
  const lastLoss = 'Spot took the task back (Your Spot Task was interrupted.)';
  const second: JobRecord = { ...aRecord(1), attempt: 2, lastLoss };
  const rows: readonly (readonly [string, string, string])[] = [
    [
      'another launch after a loss',
      told(second, lastLoss),
      `stdout: waiting before it is launched again (attempt 2, ${lastLoss})\n`,
    ],
    [
      'capacity, for an attempt that is not the first',
      told(refusedFor(second, 'Fargate has no capacity.'), 'Fargate has no capacity.'),
      'stdout: waiting for Fargate capacity, quota 6 vCPU (attempt 2, Fargate has no capacity.)\n',
    ],
    [
      'a definition that was gone, which no quota of vCPUs is about',
      told({ ...aRecord(1), refusals: 1 }, 'the task definition was gone'),
      'stdout: waiting to be launched (the task definition was gone)\n',
    ],
    [
      'another cause than the capacity that lacked before',
      told(refused, 'ECS did not answer'),
      'stdout: waiting to be launched (ECS did not answer)\n',
    ],
    [
      'the rate of registrations, which no quota of vCPUs is about',
      told(aRecord(1), 'AWS limits how often task definitions are registered'),
      'stdout: waiting to be launched (AWS limits how often task definitions are registered)\n',
    ],
  ];
  test.each(rows)('%s', (_, text, expected) => {
    expect(text).toBe(expected);
  });
});

test('a task that does not run yet, and since when', () => {
  const state = { kind: 'starting', since: 1_000, task: 'task-1' } as const;
  expect(launchEntry(aRecord(1), state, 76_000)).toEqual({
    key: 'setup.launch',
    startTime: 1_000,
    out: 'stdout: launched; after 75 s the task does not run yet: its machine is made ready, and its images are pulled\n',
    exitCode: 0,
    durationMs: 75_000,
  });
});
