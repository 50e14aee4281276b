// Jobs as an instance hands them out, over the one repository of the deployment.
import type { JobTemplate, SandboxJob } from '#local/sandbox/jobs.ts';
import { REPOSITORY } from './deployment.ts';

export interface Step {
  readonly key: string;
  readonly commands: readonly string[];
}

export function dockerJob(
  commit: string,
  steps: readonly Step[],
  more: Readonly<Record<string, unknown>> = {},
): JobTemplate {
  return {
    version: 2,
    repositoryName: REPOSITORY,
    repositoryDirectory: 'repository',
    commit,
    shallowClone: true,
    dockerSteps: steps.map((step) => ({ image: 'alpine:3', dir: 'repository', ...step })),
    ...more,
  };
}

/** Native steps of a batch spec: the helper before and after each, which the runner carries out itself. */
export function batchesJob(commit: string, runs: readonly string[]): JobTemplate {
  const input = {
    BatchChangeAttributes: { Name: 'hello', Description: '' },
    repository: { id: 'UmVwbzox', name: REPOSITORY },
    branch: { name: 'refs/heads/master', target: { oid: commit } },
    path: '',
    onlyFetchWorkspace: false,
    steps: runs.map((run) => ({ run, container: 'alpine:3' })),
    searchResultPaths: [],
    skippedSteps: {},
  };
  const helper = (verb: string, index: number): object => ({
    key: `step.${index}.${verb}`,
    image: 'sourcegraph/batcheshelper:7',
    dir: '.',
    commands: [`batcheshelper ${verb} ${index}`],
  });
  return {
    ...dockerJob(commit, []),
    files: { 'input.json': { content: Buffer.from(JSON.stringify(input)).toString('base64') } },
    dockerSteps: runs.flatMap((_, index) => [
      helper('pre', index),
      {
        key: `step.${index}.run`,
        image: 'alpine:3',
        dir: 'repository',
        commands: [`(exec ../step${index}.sh) > ../stdout${index}.log 2> ../stderr${index}.log`],
      },
      helper('post', index),
    ]),
  };
}

export const out = ({ logs }: SandboxJob, key: string): string => logs.find((entry) => entry.key === key)?.out ?? '';

/** The diff that the last step of a batches job ended with. */
export function lastDiff(job: SandboxJob): string {
  const lines = job.logs.flatMap(({ out: text }) => text.split('\n'));
  const result = lines.findLast((line) => line.includes('CACHE_AFTER_STEP_RESULT')) ?? '{}';
  const event = JSON.parse(result.replace(/^stdout: /, '')) as {
    readonly metadata?: { readonly value?: { readonly diff?: string } };
  };
  return Buffer.from(event.metadata?.value?.diff ?? '', 'base64').toString('utf8');
}
