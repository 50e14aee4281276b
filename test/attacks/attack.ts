// An attack is a job of real steps in real containers, and what must be seen of it for the defence to have held. Each row is
// written so that it fails without its defence (./mutations.ts takes the important ones away).
import { parseExecutionInput } from '#batches/input.ts';
import { batchesJob } from '#local/sandbox/batches-job.ts';
import type { JobState, JobTemplate, SandboxJob } from '#local/sandbox/jobs.ts';
import { type DockerStepWish, type RealJobs, REPOSITORY } from '../engines/real-job.ts';

export const BUSYBOX = 'test/busybox:1';
/** Debian with git and perl, where an attack needs the one or the other. */
export const DEBIAN = 'test/debian:1';

export interface Attack {
  readonly name: string;
  /** How it ends: the attempt fails, succeeds without any use, or is allowed and named so in docs/security.md. */
  readonly end: 'refused' | 'harmless' | 'allowed';
  readonly steps: (jobs: RealJobs) => readonly DockerStepWish[];
  /** The steps as `run` of a batch spec in a native batches job, which the step-runner works on between them. */
  readonly batches?: boolean;
  /** Files that the job brings along. */
  readonly more?: JobTemplate;
  /** An image that the attack brings: lines of a Dockerfile and the script that stands in the place of /bin/sh. */
  readonly image?: HostileImage;
  /** Size of the file system that the engine's volumes are on while it runs. @default the machine's own */
  readonly volumesMiB?: number;
  /** @default completed */
  readonly state?: JobState;
  /** The sentence that the user reads. */
  readonly says?: RegExp;
  /** What standard output of the steps must show, all of it, in the order given. */
  readonly shows?: readonly (string | RegExp)[];
  /** What no line of the steps' output may show, scripts' echoes apart. */
  readonly hides?: RegExp;
  /** What else must hold. */
  readonly also?: (job: SandboxJob, jobs: RealJobs) => readonly string[];
}

export interface HostileImage {
  readonly tag: string;
  readonly shell?: string;
  readonly lines?: readonly string[];
  /** @default Debian, so that the script has bash, perl and git */
  readonly base?: string;
}

export const one = (script: string, image = BUSYBOX): (() => readonly DockerStepWish[]) => {
  return () => [{ image, commands: [script] }];
};
/** The attack, and a step of another container that looks at what came of it. */
export const then = (script: string, look: string, image = BUSYBOX): (() => readonly DockerStepWish[]) => {
  return () => [
    { image, commands: [script] },
    { image: BUSYBOX, commands: [look] },
  ];
};

/** Standard output of all steps, a line each, without the log's own words. */
export function printed(job: SandboxJob): string {
  const lines = job.logs.flatMap(({ key, out }) => (key.startsWith('step.') ? out.split('\n') : []));
  return lines.flatMap((line) => (line.startsWith('stdout: ') ? [line.slice('stdout: '.length)] : [])).join('\n');
}

export function runAttack(attack: Attack, jobs: RealJobs): Promise<SandboxJob> {
  const steps = attack.steps(jobs);
  return attack.batches === true
    ? jobs.runTemplate('batches', { ...nativeJob(steps, jobs), ...attack.more })
    : jobs.run(steps, attack.more);
}

/** What is not as it must be; nothing when the defence has held. */
export function violations(attack: Attack, job: SandboxJob, jobs: RealJobs): string[] {
  const { state = 'completed', says, shows = [], hides, also } = attack;
  const everything = JSON.stringify(job.logs);
  const output = printed(job);
  const found: string[] = [];
  for (const token of jobs.tokens) {
    if (everything.includes(token)) found.push('a token is in the log');
    if (jobs.said.join('\n').includes(token)) found.push("a token is in the program's own log");
  }
  if (job.state !== state) found.push(`the job is ${job.state}: ${job.failureMessage ?? ''}`);
  if (job.marks !== 1 || job.resets !== 0) found.push(`marked ${job.marks} times, reset ${job.resets} times`);
  if (says !== undefined && !says.test(job.failureMessage ?? '')) found.push(`it says: ${job.failureMessage ?? ''}`);
  let rest = output;
  for (const wanted of shows) {
    const at = typeof wanted === 'string' ? rest.indexOf(wanted) : rest.search(wanted);
    if (at < 0) found.push(`it does not show ${String(wanted)} but ${rest.slice(0, 2000)}`);
    else rest = rest.slice(at);
  }
  const shown = hides === undefined ? [] : linesOf(job).filter((line) => hides.test(line));
  found.push(...shown.map((line) => `it shows ${line.slice(0, 500)}`));
  return [...found, ...(also?.(job, jobs) ?? [])];
}

/** Scripts are echoed as they run, and name what they look for. */
const linesOf = (job: SandboxJob): string[] =>
  job.logs.flatMap(({ key, out }) =>
    key.startsWith('step.') ? out.split('\n').filter((line) => !line.startsWith('stderr: +')) : [],
  );

/** A native batches job of these steps, as an instance would make it. */
function nativeJob(steps: readonly DockerStepWish[], { commit }: RealJobs): JobTemplate {
  const input = parseExecutionInput(
    JSON.stringify({
      repository: { id: 'UmVwbzox', name: REPOSITORY },
      branch: { name: 'refs/heads/main', target: { oid: commit } },
      steps: steps.map(({ commands, image }) => ({ run: commands.join('\n'), container: image })),
    }),
  );
  if (input.kind === 'error') throw new Error(input.message);
  const workspaceFiles = { kind: 'files', files: [], metadata: [] } as const;
  return batchesJob(input.value, { execution: 'native', secrets: {}, workspaceFiles });
}
