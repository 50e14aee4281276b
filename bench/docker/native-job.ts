// A native batches job of three steps from its queue to its mark, containers started and removed, against the reference's
// nine `docker run`, whose clone is there already and is not measured.
import { rmSync } from 'node:fs';
import { batchesJob } from '#local/sandbox/batches-job.ts';
import { JobSchema } from '#sourcegraph/job.ts';
import type { RealJobs } from '#test/engines/real-job.ts';
import type { Measure } from '../measure.ts';
import { executionInputOf, NO_OPTIONS } from './batches-input.ts';
import { dockerRuns, GIT_IMAGE, newWorkspace, type WantedStep, writeScripts } from './reference.ts';
import { type JobTimes, partsMeasure, runToItsEnd } from './run-job.ts';
import { median, shown, timed } from './times.ts';

const ROUNDS = 7;
const RATIO_MAX = 1 / 3;
const RUNS = ['echo one >> README.md', 'echo two >> README.md', 'echo three > new.txt'];

export async function nativeJob(jobs: RealJobs): Promise<readonly Measure[]> {
  const template = batchesJob(executionInputOf(RUNS, jobs.commit), { execution: 'native', ...NO_OPTIONS });
  const steps = JobSchema.parse({ ...template, id: 1 }).dockerSteps.map(inShell);
  const own: JobTimes[] = [];
  const reference: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    reference.push(await ofReference(steps));
    own.push(await runToItsEnd(jobs, template));
  }
  const all = own.map((times) => times.all);
  const ratio = median(all) / median(reference);
  return [
    { name: `native job: ${steps.length} times \`docker run\``, value: shown(reference) },
    { name: 'native job: from its queue to its mark', value: shown(all) },
    partsMeasure('native job: of that', own),
    {
      name: 'native job, as a ratio',
      value: ratio.toFixed(2),
      goal: { text: '<= 1/3', met: ratio <= RATIO_MAX },
    },
  ];
}

async function ofReference(steps: readonly WantedStep[]): Promise<number> {
  const workspace = await newWorkspace({});
  try {
    writeScripts(workspace, steps);
    return await timed(() => dockerRuns(workspace, steps));
  } finally {
    rmSync(workspace, { recursive: true });
  }
}

/** The helper is no public program: a shell does what is the least of its work. */
function inShell(step: WantedStep): WantedStep {
  const [, index = '', part = ''] = step.key.split('.');
  switch (part) {
    case 'pre':
      return { ...step, image: GIT_IMAGE, commands: preparation(index) };
    case 'post':
      return { ...step, image: GIT_IMAGE, commands: diff(index) };
    default:
      return step;
  }
}

const preparation = (index: string): string[] => [
  `echo '${RUNS[Number(index)] ?? ''}' > step${index}.sh`,
  `chmod 777 step${index}.sh`,
];

const diff = (index: string): string[] => [
  'git config --global --add safe.directory /data/repository',
  'git -C repository add --all',
  `git -C repository diff --cached --no-prefix --binary > step${index}.diff`,
  `test -s step${index}.diff`,
];
