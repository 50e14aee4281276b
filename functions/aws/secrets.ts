// Secrets, read where they lie and kept for minutes: none of their values is ever in an environment. After a 401 the
// executor's token is read afresh, so that a rotation takes effect at once.
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { type TokenSource, TokenUnreadable } from '#sourcegraph/access.ts';
import { QUICK } from './client-settings.ts';
import { callFailure } from './failures.ts';

const MAX_AGE_SECONDS = 300;

const provider = new SecretsProvider({ awsSdkV3Client: new SecretsManagerClient(QUICK) });

type Secret =
  | { readonly kind: 'text'; readonly text: string }
  /** `why` names the secret and says what AWS said. */
  | { readonly kind: 'unreadable'; readonly why: string };

export async function readSecret(arn: string, freshness: 'cached' | 'fresh' = 'cached'): Promise<Secret> {
  try {
    const value = await provider.get(arn, { maxAge: MAX_AGE_SECONDS, forceFetch: freshness === 'fresh' });
    if (typeof value === 'string') return { kind: 'text', text: value.trim() };
    return { kind: 'unreadable', why: `the secret ${arn} holds no text` };
  } catch (error) {
    // Powertools wraps what the SDK has thrown.
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { kind: 'unreadable', why: `the secret ${arn}: ${callFailure(cause).message}` };
  }
}

export function tokenFrom(arn: string): TokenSource {
  return async (freshness) => {
    const secret = await readSecret(arn, freshness);
    if (secret.kind === 'unreadable') throw new TokenUnreadable(secret.why);
    return secret.text;
  };
}
