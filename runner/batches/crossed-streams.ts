// The command of a native batches job's run step (`... 3>&1 1>&2 2>&3 | tee`) crosses the streams: what the step prints
// comes out on standard error and the other way round. The reference logs it so; here each is logged by its true name.
// The log files from which the result is made have it right anyway.
import type { DockerStep } from '#sourcegraph/job.ts';
import type { StepOutput } from '../step-container.ts';

const RUN_KEY = /^step\.\d+\.run$/;
const CROSSING = '3>&1 1>&2 2>&3';

/** `output` for the container that carries out `step`. */
export function straightened(step: Pick<DockerStep, 'key' | 'commands'>, output: StepOutput): StepOutput {
  const crossed = RUN_KEY.test(step.key) && step.commands.some((command) => command.includes(CROSSING));
  if (!crossed) return output;
  return (stream, bytes) => output(stream === 'stdout' ? 'stderr' : 'stdout', bytes);
}
