// Secrets Manager and Service Quotas, as far as the handlers ask them: one secret's text, one quota's value.
import * as z from 'zod';
import { type AwsJsonAnswer, type AwsJsonServer, serveAwsJson } from './aws-json.ts';

export interface SecretsAndQuotas extends AwsJsonServer {
  /** By ARN. */
  readonly secrets: Map<string, string>;
}

const SecretSchema = z.looseObject({ SecretId: z.string() });

export async function startSecretsAndQuotas(vcpus: number): Promise<SecretsAndQuotas> {
  const secrets = new Map<string, string>();
  const refuse = (type: string): AwsJsonAnswer => ({
    answer: { kind: 'error', error: { status: 400, type, message: type } },
  });
  const server = await serveAwsJson((operation, input) => {
    if (operation === 'GetServiceQuota') return { answer: { kind: 'answer', body: { Quota: { Value: vcpus } } } };
    if (operation !== 'GetSecretValue') return refuse('UnknownOperationException');
    const { SecretId } = SecretSchema.parse(input);
    const text = secrets.get(SecretId);
    if (text === undefined) return refuse('ResourceNotFoundException');
    return { answer: { kind: 'answer', body: { ARN: SecretId, SecretString: text } } };
  });
  return { ...server, secrets };
}
