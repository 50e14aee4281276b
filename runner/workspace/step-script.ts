// The script of a docker step: name, place and behaviour are the reference's (cmd/executor/internal/worker/files), because
// the log shows them and steps rely on them: bash where the image has one, every command line echoed, a failing line
// does not end the script.
import type { DockerStep, Job } from '#sourcegraph/job.ts';

export const SCRIPTS_FOLDER = '.sourcegraph-executor';

/** Relative to the workspace. */
export function scriptName(job: Job, index: number): string {
  const repository = job.repositoryName.replaceAll('/', '_');
  return `${SCRIPTS_FOLDER}/${job.id}.${index}_${repository}@${job.commit}.sh`;
}

export function stepScript(step: DockerStep): string {
  return `${[PREAMBLE, '', ...step.commands].join('\n')}\n`;
}

// The first run looks for bash, on the system's default path and then at its usual place, and hands the script to it with
// an argument that says so.
const PREAMBLE = `
if [ -z "$1" ]; then
  bash_path=$(command -p -v bash)
  set -e
  if [ -n "$bash_path" ]; then
    exec "\${bash_path}" "$0" skip-check
  elif [ -f /bin/bash ]; then
    exec /bin/bash "$0" skip-check
  fi
fi
set +e
set -x
`;
