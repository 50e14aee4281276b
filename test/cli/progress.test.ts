// What a user sees while jobs run: counts when they change, one job's lines at a time, nothing that commands the terminal.
import { describe, expect, test } from '@jest/globals';
import { Progress } from '#cli/progress.ts';
import { newJob, type LogEntry, type SandboxJob } from '#local/sandbox/jobs.ts';

const run = (out: string, exitCode?: number): LogEntry => ({
  key: 'step.docker.step.0.run',
  command: null,
  startTime: '',
  out,
  ...(exitCode === undefined ? {} : { exitCode }),
});

function screen(terminal = false, quiet = false) {
  const written: string[] = [];
  const progress = new Progress({
    write: (text) => void written.push(text),
    terminal,
    columns: () => 80,
    quiet,
    label: (job) => `repo-${job.id}`,
  });
  return { progress, written };
}

function job(id: number, state: SandboxJob['state'], logs: LogEntry[] = []): SandboxJob {
  return Object.assign(newJob('batches', id, {}), { state, logs });
}

describe('progress', () => {
  test('counts are written when they change, and only then', () => {
    const { progress, written } = screen();
    progress.update([job(1, 'queued'), job(2, 'processing')]);
    progress.update([job(1, 'queued'), job(2, 'processing')]);
    progress.update([job(1, 'failed'), job(2, 'completed')]);
    expect(written).toEqual(['1 queued, 1 running, 0 done\n', '0 queued, 0 running, 2 done (1 failed)\n']);
  });

  test('the job that is furthest on is followed to its end, then the next', () => {
    const { progress, written } = screen();
    const one = job(1, 'processing', [run('stdout: a\n')]);
    const two = job(2, 'processing', [run('stdout: x\nstderr: y\n', 0)]);
    progress.update([one, two]);
    two.logs = [run('stdout: x\nstderr: y\nstdout: z\n', 0)];
    progress.update([one, two]);
    two.state = 'completed';
    progress.update([one, two]);
    expect(written.filter((line) => line.startsWith('['))).toEqual([
      '[repo-2] | x\n',
      '[repo-2] | y\n',
      '[repo-2] | z\n',
      '[repo-1] | a\n',
    ]);
  });

  test('version 1 jobs show what their events carry', () => {
    const { progress, written } = screen();
    const event = {
      operation: 'TASK_STEP',
      status: 'PROGRESS',
      metadata: { step: 1, out: 'stdout: hi\nstderr: there\n' },
    };
    progress.update([
      job(1, 'processing', [{ ...run(`stdout: ${JSON.stringify(event)}\n`), key: 'step.src.batch-exec' }]),
    ]);
    expect(written).toContain('[repo-1] | hi\n');
    expect(written).toContain('[repo-1] | there\n');
  });

  test('control characters of a step are shown, not obeyed', () => {
    const { progress, written } = screen();
    progress.update([job(1, 'processing', [run('stdout: \u001b[2Jx\u0007\n')])]);
    expect(written[0]).toBe('[repo-1] | \\x1b[2Jx\\x07\n');
  });

  test('on a terminal the counts stay at the bottom', () => {
    const { progress, written } = screen(true);
    progress.update([job(1, 'processing', [run('stdout: a\n')])]);
    progress.end();
    expect(written).toEqual(['\r\u001b[K[repo-1] | a\n', '\r\u001b[K0 queued, 1 running, 0 done', '\r\u001b[K']);
  });

  test('quiet shows counts only', () => {
    const { progress, written } = screen(false, true);
    progress.update([job(1, 'processing', [run('stdout: a\n')])]);
    expect(written).toEqual(['0 queued, 1 running, 0 done\n']);
  });
});
