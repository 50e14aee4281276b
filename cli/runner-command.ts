// The step-runner as the process engine starts it: this Node, and the runner's program.
import path from 'node:path';

export function runnerCommand(): Promise<readonly string[]> {
  return Promise.resolve([process.execPath, path.join(import.meta.dirname, '..', 'runner', 'main.ts')]);
}
