// What the status thinks of what was found out: one row a finding, and the text that a terminal shows.
import { describe, expect, test } from '@jest/globals';
import type { Facts } from '#functions/status/facts.ts';
import { judge } from '#functions/status/judge.ts';
import { report } from '#functions/status/report.ts';
import type { JobRecord } from '#jobs/record.ts';
import { aRecord } from '../contracts/job-store.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const alive = { id: 'a', until: NOW + 5_000, ready: true };
const answered = <T>(value: T): { kind: 'answered'; value: T } => ({ kind: 'answered', value });
const unanswered = { kind: 'unanswered', why: 'AccessDeniedException: no' } as const;

const WELL: Facts = {
  now: NOW,
  region: 'eu-west-1',
  pool: { poolName: 'blue', polling: 'cheapest', runnerImage: 'runner:1', capacity: 'on-demand', vcpuQuota: undefined },
  frontendUrl: 'https://sourcegraph.example.com',
  queues: { kind: 'single', name: 'batches' },
  maximumJobs: 10,
  size: { cpuUnits: 4096, memoryMiB: 12_288, ephemeralStorageGiB: 30 },
  instance: 'ok',
  lease: answered({ holder: alive, standBy: { ...alive, id: 'b' } }),
  jobs: answered({ records: [], unreadable: [] }),
  quota: { kind: 'known', vcpus: 100 },
  image: { kind: 'there' },
  depths: answered({ results: 0, deadResults: 0, deadEvents: 0 }),
  lines: answered({ lines: [], sinceMs: 3_600_000, cut: false }),
};

const jobs = (...states: JobRecord['state'][]): Facts['jobs'] =>
  answered({ records: states.map((state) => ({ seen: 1, record: { ...aRecord(1), state } })), unreadable: [] });
const since = NOW - 600_000;

test('of a pool that is well all is well', () => {
  expect(judge(WELL).map(({ verdict }) => verdict)).toEqual(Array.from({ length: 7 }, () => 'ok'));
});

const ROWS: [name: string, facts: Partial<Facts>, check: string, verdict: string, text: RegExp, fix?: RegExp][] = [
  [
    'token refused',
    { instance: { kind: 'refused', status: 401, message: 'the token is wrong' } },
    'Sourcegraph',
    'problem',
    /the token is wrong/,
  ],
  [
    'instance away',
    { instance: { kind: 'unreachable', message: 'no address for it' } },
    'Sourcegraph',
    'problem',
    /no address for it/,
  ],
  ['no dispatcher ever', { lease: answered(undefined) }, 'Dispatcher', 'problem', /none has ever come/, /schedule/],
  ['gate closed', { lease: answered({ closed: true }) }, 'Dispatcher', 'problem', /the gate is closed/, /deploy again/],
  ['alone', { lease: answered({ holder: alive }) }, 'Dispatcher', 'ok', /nobody stands by yet/],
  ['idle', { lease: answered({ holder: { ...alive, until: NOW - 1 } }) }, 'Dispatcher', 'ok', /once a minute/],
  [
    'idle where it must not be',
    { lease: answered({}), pool: { ...WELL.pool, polling: 'lowest-latency' } },
    'Dispatcher',
    'problem',
    /none works/,
    /errors and throttles/,
  ],
  ['table not readable', { lease: unanswered }, 'Dispatcher', 'unknown', /AccessDenied/],
  ['records not readable', { jobs: unanswered }, 'Jobs', 'unknown', /AccessDenied/],
  [
    'records of the future',
    { jobs: answered({ records: [], unreadable: ['batches/1/a'] }) },
    'Jobs',
    'problem',
    /1 records are of a version/,
    /newer version/,
  ],
  [
    'a job that waits',
    { jobs: jobs({ kind: 'to-launch', since, notBefore: NOW, waitsFor: 'the vCPU quota is used up' }) },
    'Jobs',
    'warning',
    /1 to be launched; job \d+ of \w+ waits: the vCPU quota is used up/,
  ],
  [
    'marks that are late',
    { jobs: jobs({ kind: 'finished', since, notBefore: NOW, outcome: { kind: 'completed' }, tries: 9 }) },
    'Jobs',
    'warning',
    /1 to be marked; 1 have ended/,
  ],
  [
    'full',
    { maximumJobs: 1, jobs: jobs({ kind: 'running', since, task: 't' }) },
    'Jobs',
    'warning',
    /1 in flight of at most 1: 1 running: full/,
    /raise maximumJobs/,
  ],
  [
    'image gone',
    { image: { kind: 'missing', why: 'ImageNotFoundException' } },
    'Runner image',
    'problem',
    /runner:1 is not there/,
    /deploy again/,
  ],
  [
    'image elsewhere',
    { image: { kind: 'unknown', why: 'in no private ECR' } },
    'Runner image',
    'unknown',
    /in no private ECR/,
  ],
  [
    'a new account',
    { quota: { kind: 'known', vcpus: 3 } },
    'vCPU quota',
    'problem',
    /0 jobs of 4 vCPU fit/,
    /servicequotas.*L-3032A538/,
  ],
  [
    'a small quota',
    { quota: { kind: 'known', vcpus: 6 } },
    'vCPU quota',
    'warning',
    /1 jobs of 4 vCPU fit, fewer than maximumJobs 10/,
  ],
  ["the pool's own share", { pool: { ...WELL.pool, vcpuQuota: 8 } }, 'vCPU quota', 'warning', /^8 vCPU .* 2 jobs/],
  ['quota not readable', { quota: { kind: 'unknown', why: 'AccessDenied' } }, 'vCPU quota', 'unknown', /AccessDenied/],
  [
    'dead letters',
    { depths: answered({ results: 1, deadResults: 2, deadEvents: 0 }) },
    'Messages',
    'problem',
    /2 could not be handled/,
    /RedriveCommand/,
  ],
  [
    'lost events',
    { depths: answered({ results: 0, deadResults: 0, deadEvents: 1 }) },
    'Messages',
    'problem',
    /1 could not be delivered/,
    /policy/,
  ],
  ['queues not readable', { depths: unanswered }, 'Messages', 'unknown', /AccessDenied/],
  ['logs not readable', { lines: unanswered }, 'Logs', 'unknown', /AccessDenied/],
];

describe('findings', () => {
  test.each(ROWS.map((row) => [row[0], row] as const))('%s', (_, [, facts, name, verdict, text, fix]) => {
    const checks = judge({ ...WELL, ...facts });
    const found = checks.find((check) => check.name === name);
    expect(found).toMatchObject({ verdict, text: expect.stringMatching(text) });
    if (fix !== undefined) expect(found?.fix).toMatch(fix);
    // What is found of one thing changes nothing of the others.
    expect(checks.filter((check) => check.name !== name && check.verdict !== 'ok')).toEqual([]);
  });
});

test('the text begins with the sum of it, and ends with the console', () => {
  const subject = { poolName: 'blue', region: 'eu-west-1', now: NOW };
  const lines = [
    {
      at: NOW,
      from: 'completion' as const,
      level: 'INFO',
      message: 'x',
      job: '42 of batches',
      failure: 'step',
      detail: 'exit code 7',
    },
  ];
  const { text, verdict } = report(subject, judge({ ...WELL, quota: { kind: 'known', vcpus: 3 } }), lines);
  expect(verdict).toBe('problem');
  expect(text.split('\n')[0]).toBe('Executor pool blue in eu-west-1, 2026-11-28T12:00:00.000Z: 1 problem');
  expect(text).toContain('job 42 of batches: failed (step): exit code 7');
  expect(text).toMatch(/^ {2}PROBLEM {2}vCPU quota/m);
  expect(report(subject, judge(WELL), []).text.split('\n')[0]).toMatch(/: all is well$/);
});
