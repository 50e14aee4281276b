// GET /.api/src-cli/version: the instance's own version, without a token. An executor that reports it as its own is
// never shown as outdated on the admin page, which compares within one minor version.
import * as z from 'zod/mini';
import type { Refused, Unreachable } from './answers.ts';
import { exchange, parseAnswer, type Wire } from './exchange.ts';

const VersionSchema = z.object({ version: z.string().check(z.minLength(1), z.maxLength(100)) });

export async function instanceVersion(
  wire: Wire,
  signal: AbortSignal | undefined,
): Promise<{ readonly kind: 'version'; readonly version: string } | Unreachable | Refused> {
  const call = 'asking for the version';
  const answer = await exchange(wire, {
    call,
    method: 'GET',
    path: '/.api/src-cli/version',
    headers: {},
    timeoutMs: 10_000,
    repeatable: true,
    signal,
  });
  if (answer.kind !== 'answered') return answer;
  const parsed = parseAnswer(VersionSchema, answer, { call, frontendUrl: wire.frontendUrl });
  return parsed.kind === 'parsed' ? { kind: 'version', version: parsed.value.version } : parsed;
}
