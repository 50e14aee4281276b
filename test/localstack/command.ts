// One command, run to its end; its output is only wanted when it fails, or to be read.
import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly environment: NodeJS.ProcessEnv;
}

export interface Ended {
  /** null when it could not be started or was killed. */
  readonly code: number | null;
  /** Standard output and standard error as they came. */
  readonly output: string;
}

export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let output = '';
    const keep = (bytes: Buffer): void => {
      output += bytes.toString('utf8');
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: null, output: `${output}${error.message}` }));
    child.on('close', (code) => resolve({ code, output }));
  });
}
