// A batches job through the whole executor, and where its time went.
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { TASK_LABEL } from '#local/engines/docker/labels.ts';
import type { JobTemplate, LogEntry, SandboxJob } from '#local/sandbox/jobs.ts';
import type { RealJobs } from '#test/engines/real-job.ts';
import type { Measure } from '../measure.ts';
import { median } from './times.ts';

const run = promisify(execFile);

/** Milliseconds, one after the other. */
export interface JobTimes {
  readonly all: number;
  /** From the queue to the step-runner's first log entry: the poll, the containers, the step-runner's own start. */
  readonly start: number;
  /** Clone and files. */
  readonly workspace: number;
  readonly steps: number;
  /** From the end of the last step to the mark. */
  readonly end: number;
}

/** Its containers are gone when this resolves, which is not counted. Throws when the job does not complete. */
export async function runToItsEnd(jobs: RealJobs, template: JobTemplate): Promise<JobTimes> {
  const queuedAt = Date.now();
  const job = await jobs.runTemplate('batches', template);
  const endedAt = Date.now();
  const times = timesOf(job, queuedAt, endedAt);
  while (await anyContainer()) await sleep(20);
  return times;
}

function timesOf({ state, failureMessage, logs }: SandboxJob, queuedAt: number, endedAt: number): JobTimes {
  const [first, last] = [logs[0], logs.at(-1)];
  const steps = logs.filter(({ key }) => key.startsWith('step.'));
  const [firstStep, lastStep] = [steps[0], steps.at(-1)];
  if (state !== 'completed' || first === undefined || firstStep === undefined || lastStep === undefined)
    throw new Error(`the job ended as ${state}: ${failureMessage ?? ''}\n${last?.out ?? ''}`);
  return {
    all: endedAt - queuedAt,
    start: startOf(first) - queuedAt,
    workspace: startOf(firstStep) - startOf(first),
    steps: endOf(lastStep) - startOf(firstStep),
    end: endedAt - endOf(lastStep),
  };
}

const startOf = ({ startTime }: LogEntry): number => Date.parse(startTime);
const endOf = (entry: LogEntry): number => startOf(entry) + (entry.durationMs ?? 0);

async function anyContainer(): Promise<boolean> {
  const { stdout } = await run('docker', ['ps', '-aq', '--filter', `label=${TASK_LABEL}`]);
  return stdout !== '';
}

/** Where the time went, by medians. */
export function partsMeasure(name: string, jobs: readonly JobTimes[]): Measure {
  const part = (key: keyof JobTimes): string => median(jobs.map((times) => times[key])).toFixed(0);
  const value = `start ${part('start')}, clone ${part('workspace')}, steps ${part('steps')}, end ${part('end')} ms`;
  return { name, value };
}
