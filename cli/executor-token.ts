// The executor's token as the settings give it: a text, or a file that is read again when the instance no longer takes
// what stood in it (a mounted secret that was rotated).
import { readFile } from 'node:fs/promises';
import { token as tokenKind } from '#settings/kinds.ts';
import type { ExecutorToken } from '#settings/parse.ts';
import type { TokenSource } from '#sourcegraph/access.ts';
import { UnreadableFile } from './dispatch-options.ts';

export interface OpenedToken {
  readonly source: TokenSource;
  /** All that it has been since the start: none may be seen in the log. */
  readonly seen: readonly string[];
}

/** A file without a token rejects with the setting's name. */
export async function openToken(setting: ExecutorToken): Promise<OpenedToken> {
  if (setting.kind === 'value') return { source: () => setting.token, seen: [setting.token] };
  const seen = [await readToken(setting.file)];
  const source: TokenSource = async (freshness) => {
    if (freshness === 'fresh') {
      const token = await readToken(setting.file);
      if (seen.at(-1) !== token) seen.push(token);
    }
    return seen.at(-1) ?? '';
  };
  return { source, seen };
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UnreadableFile('EXECUTOR_FRONTEND_PASSWORD_FILE', file, error);
  });
  const reading = tokenKind.read(text);
  if (!reading.ok) {
    throw new UnreadableFile('EXECUTOR_FRONTEND_PASSWORD_FILE', file, `it must hold ${reading.must}`);
  }
  return reading.value;
}
