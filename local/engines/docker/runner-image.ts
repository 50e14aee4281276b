// The step-runner's image on a Docker engine: made once out of runner/Dockerfile, named by the content of the runner, so
// that a changed runner is never mistaken for the one before.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { runnerContentHash } from '#build/bundle.ts';
import { connectDocker } from './docker-client.ts';

/** The image's name, or why there is none. */
export type RunnerImage = { readonly image: string } | { readonly message: string };

const REPOSITORY = 'sourcegraph-serverless-executor/step-runner';
const BUILD = path.join(import.meta.dirname, '..', '..', '..', 'build', 'runner-image.ts');

export async function ensureRunnerImage(
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<RunnerImage> {
  const image = `${REPOSITORY}:${await runnerContentHash()}`;
  const connection = await connectDocker(environment);
  if (connection.kind === 'unavailable') return { message: connection.message };
  const there = await connection.client
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (there) return { image };
  say(`Building the step-runner's image ${image}; this happens once.`);
  const problem = await build(image, environment);
  if (problem === undefined) return { image };
  return { message: `the step-runner's image cannot be built on this engine: ${problem}` };
}

/** The last line of what the build said, when it failed. */
function build(image: string, environment: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BUILD, image], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const note = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-4_096);
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) =>
      resolve(code === 0 ? undefined : (said.trim().split('\n').at(-1) ?? `exit code ${code ?? 'none'}`)),
    );
  });
}
