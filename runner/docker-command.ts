// How a docker step is shown in the log and how it is run. The log shows the `docker run` that the reference would have
// typed (cmd/executor/internal/worker/command/docker.go), with the paths that are true here; nobody runs it.
import path from 'node:path';
import type { Payload } from '#jobs/payload.ts';
import type { DockerStep, Job } from '#sourcegraph/job.ts';
import type { StepRun } from './step-container.ts';
import type { TaskPaths } from './task-paths.ts';
import { scriptName } from './workspace/step-script.ts';

export function shownCommand(job: Job, index: number, step: DockerStep, paths: TaskPaths): string[] {
  return [
    'docker',
    'run',
    '--rm',
    '-v',
    `${paths.job}:${paths.jobInSteps}`,
    '-w',
    workingDirectory(step, paths),
    ...step.env.flatMap((variable) => ['-e', variable]),
    '--entrypoint',
    '/bin/sh',
    step.image,
    scriptInSteps(job, index, paths),
  ];
}

export function stepRun(payload: Payload, index: number, step: DockerStep, paths: TaskPaths): StepRun {
  return {
    command: ['/bin/sh', scriptInSteps(payload.job, index, paths)],
    workingDirectory: workingDirectory(step, paths),
    environment: { ...proxyVariables(payload.options.proxy), ...environmentRecord(step.env) },
  };
}

/** A bare `NAME` would take docker's own variable, and docker's process has none. */
export function environmentRecord(variables: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    variables.flatMap((variable) => {
      const equals = variable.indexOf('=');
      return equals <= 0 ? [] : [[variable.slice(0, equals), variable.slice(equals + 1)] as const];
    }),
  );
}

/** Programs disagree about upper and lower case, so both are set. */
export function proxyVariables(proxy: Payload['options']['proxy']): Record<string, string> {
  if (proxy?.intoSteps !== true) return {};
  const named = { http_proxy: proxy.http, https_proxy: proxy.https, no_proxy: proxy.no };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const, [name.toUpperCase(), value] as const],
    ),
  );
}

function workingDirectory(step: DockerStep, paths: TaskPaths): string {
  return path.posix.join(paths.jobInSteps, step.dir);
}

function scriptInSteps(job: Job, index: number, paths: TaskPaths): string {
  return path.posix.join(paths.jobInSteps, scriptName(job, index));
}
