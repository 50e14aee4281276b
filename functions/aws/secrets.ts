// Secrets, read where they lie and kept for minutes: none of their values is ever in an environment. After a 401 the
// executor's token is read afresh, so that a rotation takes effect at once.
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import type { TokenSource } from '#sourcegraph/access.ts';
import { QUICK } from './client-settings.ts';

const MAX_AGE_SECONDS = 300;

const provider = new SecretsProvider({ awsSdkV3Client: new SecretsManagerClient(QUICK) });

/** A secret that cannot be read: its ARN and AWS's own name of the reason, which is all that anybody sees of it. */
class UnreadableSecret extends Error {
  constructor(arn: string, error: unknown) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    super(`the secret ${arn} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = cause instanceof Error ? `${cause.name} of ${arn}` : arn;
  }
}

/** A secret's text; rejects when it cannot be read or is binary. */
export async function readSecret(arn: string, freshness: 'cached' | 'fresh' = 'cached'): Promise<string> {
  let value: unknown;
  try {
    value = await provider.get(arn, { maxAge: MAX_AGE_SECONDS, forceFetch: freshness === 'fresh' });
  } catch (error) {
    throw new UnreadableSecret(arn, error);
  }
  if (typeof value !== 'string') throw new Error(`the secret ${arn} holds no text`);
  return value.trim();
}

export function tokenFrom(arn: string): TokenSource {
  return (freshness) => readSecret(arn, freshness);
}
