// GET /.executors/test/auth: whether the instance is there and takes the executor's token. Changes nothing in it, unlike
// a heartbeat, which would overwrite the metrics of the executor of the same name.
import { executorHeaders } from './access.ts';
import type { Refused, Unreachable } from './answers.ts';
import { exchange, type Wire } from './exchange.ts';

export async function testAuth(
  wire: Wire,
  executorToken: string,
  signal: AbortSignal | undefined,
): Promise<'ok' | Unreachable | Refused> {
  const answer = await exchange(wire, {
    call: 'connecting',
    method: 'GET',
    path: '/.executors/test/auth',
    headers: executorHeaders(executorToken),
    timeoutMs: 10_000,
    repeatable: true,
    signal,
  });
  return answer.kind === 'answered' ? 'ok' : answer;
}
