// Runs git in the step-runner: with an environment of its own, no configuration but the one it is given, and no way to
// any remote.
import type { RunHostCommand } from '../../host-command.ts';

export type GitEnd =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly stdout: Buffer; readonly stderr: Buffer }
  | { readonly kind: 'killed' }
  | { readonly kind: 'not-started'; readonly message: string };

export interface GitOptions {
  readonly hostCommand: RunHostCommand;
  readonly workingDirectory: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Bytes of stdout to keep; what comes after them is dropped. @default all */
  readonly stdoutMax?: number;
}

const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  TZ: 'UTC',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  // An empty list: no protocol at all, so a missing object is an error and never a fetch.
  GIT_ALLOW_PROTOCOL: '',
  GIT_NO_LAZY_FETCH: '1',
};

export async function runGit(args: readonly string[], options: GitOptions): Promise<GitEnd> {
  const kept: Record<'stdout' | 'stderr', Uint8Array[]> = { stdout: [], stderr: [] };
  let room = options.stdoutMax ?? Infinity;
  const end = await options.hostCommand(
    {
      argv: ['git', ...args],
      environment: { ...ENVIRONMENT, ...options.environment },
      workingDirectory: options.workingDirectory,
    },
    (stream, bytes) => {
      if (stream === 'stdout') {
        if (room <= 0) return;
        room -= bytes.length;
      }
      kept[stream].push(bytes);
    },
    options.signal,
  );
  if (end.kind !== 'exited') return end;
  return { ...end, stdout: Buffer.concat(kept.stdout), stderr: Buffer.concat(kept.stderr) };
}
