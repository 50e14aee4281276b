// Calls under the executor's own token. The secret may be rotated while we run: a 401 makes us read it afresh, and if it
// changed the call is made once more. That is safe for every route, since a call that met a 401 did nothing.
import { type TokenSource, TokenUnreadable } from './access.ts';
import type { Refused, Unreachable } from './answers.ts';
import { describeTrouble, type TroubleContext } from './connection-trouble.ts';

export async function withExecutorToken<T extends object | string>(
  source: TokenSource,
  context: TroubleContext,
  call: (token: string) => Promise<T | Refused>,
): Promise<T | Refused | Unreachable> {
  const token = await readToken(source, 'cached', context);
  if (typeof token !== 'string') return token;
  const answer = await call(token);
  if (!isUnauthorized(answer)) return answer;
  const fresh = await readToken(source, 'fresh', context);
  if (typeof fresh !== 'string') return fresh;
  return fresh === token ? answer : call(fresh);
}

function isUnauthorized(answer: object | string): boolean {
  return (
    typeof answer === 'object' &&
    'status' in answer &&
    answer.status === 401 &&
    'kind' in answer &&
    answer.kind === 'refused'
  );
}

// The secret's store may be away as well; that is one more way of not reaching Sourcegraph.
async function readToken(
  source: TokenSource,
  freshness: 'cached' | 'fresh',
  context: TroubleContext,
): Promise<string | Unreachable> {
  const noToken = (detail: string): Unreachable => ({
    kind: 'unreachable',
    why: 'no-token',
    message: describeTrouble('no-token', detail, context),
    mayHaveTakenEffect: false,
  });
  try {
    const token = await source(freshness);
    return token === '' ? noToken('it is empty') : token;
  } catch (error) {
    if (error instanceof TokenUnreadable) return noToken(error.message);
    // Another error's words might hold the token.
    return noToken(error instanceof Error ? error.name : 'unknown error');
  }
}
