import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Runner } from '#local/engines/process/runner-process.ts';
import { RunnerProcesses, type RunnerProcessesOptions } from '#local/engines/process/runner-processes.ts';
import { SCRIPTED_RUNNERS } from '../../../contracts/scripted-task.ts';

const LOST = { kind: 'lost', why: 'it ended with SIGKILL' };

let runners: RunnerProcesses;
let tasks = 0;
const open = (times: Pick<RunnerProcessesOptions, 'letGoMs' | 'idleMs'> = {}): RunnerProcesses =>
  new RunnerProcesses({
    command: SCRIPTED_RUNNERS,
    environment: { PATH: process.env['PATH'] ?? '' },
    output: 'ignore',
    // No test here waits for it, and a busy machine is no hanging process.
    letGoMs: 60_000,
    ...times,
  });
beforeEach(() => {
  runners = open();
});
afterEach(() => runners.close());

function run(script: string): Runner {
  const environment = { PATH: process.env['PATH'] ?? '', TEST_SCRIPT: script };
  return runners.run({ task: `task-${(tasks += 1)}`, environment, mounted: false, launcher: [] });
}

/** Process IDs of this process's children that carry step-runners. */
function carriers(): string[] {
  const all = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return all.flatMap((line) => {
    const [pid = '', parent, state = ''] = line.trim().split(/\s+/);
    const isOne = parent === String(process.pid) && line.includes('scripted-runners') && !state.startsWith('Z');
    return isOne ? [pid] : [];
  });
}

test('step-runners share a process, and each ends as itself', async () => {
  const codes = [10, 11, 12, 13];
  const ends = await Promise.all(codes.map((code) => run(`exit ${code}`).ended));
  expect(ends).toEqual(codes.map((exitCode) => ({ kind: 'exited', exitCode })));
  expect(carriers()).toHaveLength(1);
});

test('a process carries twelve at a time', async () => {
  const all = Array.from({ length: 13 }, () => run('exec sleep 1000'));
  expect(carriers()).toHaveLength(2);
  for (const one of all) one.kill();
  const ends = await Promise.all(all.map(({ ended }) => ended));
  expect(ends).toEqual(all.map(() => ({ kind: 'exited', exitCode: 137 })));
});

test('a process that dies loses what it carries, and the next step-runner gets another one', async () => {
  const neighbour = run('exec sleep 1000');
  const deadly = run('kill -9 $PPID; exec sleep 1000');
  expect(await Promise.all([neighbour.ended, deadly.ended])).toEqual([LOST, LOST]);
  expect(await run('exit 10').ended).toEqual({ kind: 'exited', exitCode: 10 });
});

test('a process that hangs is killed with the step-runner that it does not let go', async () => {
  runners = open({ letGoMs: 300 });
  const neighbour = run('exec sleep 1000');
  const hanging = run('kill -STOP $PPID; exec sleep 1000');
  const [pid = ''] = carriers();
  const state = (): string => execFileSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' });
  while (!state().startsWith('T')) await sleep(10);
  hanging.kill();
  expect(await hanging.ended).toEqual({ kind: 'exited', exitCode: 137 });
  expect(await neighbour.ended).toEqual(LOST);
});

test('a program that cannot be started loses the step-runner', async () => {
  const broken = new RunnerProcesses({ command: ['/no/such/program'], environment: {}, output: 'ignore' });
  const runner = broken.run({ task: 'task', environment: {}, mounted: false, launcher: [] });
  expect(await runner.ended).toEqual({ kind: 'lost', why: 'spawn /no/such/program ENOENT' });
  runner.stop();
  runner.kill();
  await broken.close();
});

test('an idle process ends after a while', async () => {
  runners = open({ idleMs: 300 });
  await run('exit 10').ended;
  expect(carriers()).toHaveLength(1);
  while (carriers().length > 0) await sleep(20);
});
