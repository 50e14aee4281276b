import { expect, test } from '@jest/globals';
import { waitingEntry } from '#jobs/waiting.ts';
import { aRecord } from '../contracts/job-store.ts';

const waits = { waitsFor: "the account's Fargate vCPU quota is used up.", startTime: 1_000 };

test('a job that is held up says what it waits for, and the quota where it is known', () => {
  expect(waitingEntry(aRecord(1), { ...waits, vcpuLimit: 6 }, 31_000)).toEqual({
    key: 'setup.waiting',
    startTime: 1_000,
    out: "stdout: waiting for Fargate capacity, quota 6 vCPU (the account's Fargate vCPU quota is used up.)\n",
    exitCode: 0,
    durationMs: 30_000,
  });
  expect(waitingEntry(aRecord(1), { ...waits, vcpuLimit: undefined }, 31_000).out).toBe(
    "stdout: waiting for Fargate capacity (the account's Fargate vCPU quota is used up.)\n",
  );
});
