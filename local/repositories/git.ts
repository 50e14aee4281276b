// Runs git for the program itself (not for a job): short questions to repositories of the user.
import { execFile, spawnSync } from 'node:child_process';

export type GitAnswer =
  { readonly kind: 'ok'; readonly out: string } | { readonly kind: 'failed'; readonly message: string };

// Another user's repository may be looked at: nothing in it is executed by these questions.
const HARMLESS = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

/** `environment`: PATH and HOME, and what else the user's git needs (SSH agent, proxies). Never asks on a terminal. */
export function git(args: readonly string[], environment: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<GitAnswer> {
  return new Promise((resolve) => {
    execFile(
      'git',
      // Another user's repository may be looked at: nothing in it is executed by these questions.
      ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', ...args],
      {
        env: { ...environment, GIT_TERMINAL_PROMPT: '0' },
        maxBuffer: OUTPUT_BYTES_MAX,
        ...(signal === undefined ? {} : { signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ kind: 'ok', out: stdout });
        else resolve({ kind: 'failed', message: lastLine(stderr) || error.message });
      },
    );
  });
}

/** The same, waiting for the answer. */
export function gitNow(args: readonly string[], environment: NodeJS.ProcessEnv): GitAnswer {
  const ended = spawnSync('git', [...HARMLESS, ...args], {
    env: { ...environment, GIT_TERMINAL_PROMPT: '0' },
    maxBuffer: OUTPUT_BYTES_MAX,
    encoding: 'utf8',
  });
  if (ended.error === undefined && ended.status === 0) return { kind: 'ok', out: ended.stdout };
  return { kind: 'failed', message: ended.error?.message ?? lastLine(ended.stderr) };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
