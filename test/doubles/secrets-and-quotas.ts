// Secrets Manager and Service Quotas, as far as the handlers ask them: one secret's text, one quota's value.
import * as z from 'zod';
import { type AwsJsonAnswer, type AwsJsonServer, serveAwsJson } from './aws-json.ts';

export interface SecretsAndQuotas extends AwsJsonServer {
  /** By ARN. */
  readonly secrets: Map<string, string>;
}

const SecretSchema = z.looseObject({ SecretId: z.string() });

const QuotaSchema = z.looseObject({ ServiceCode: z.literal('fargate'), QuotaCode: z.string() });

/** `quota`: by its code; undefined: nobody may ask for it. */
export async function startSecretsAndQuotas(quota: (code: string) => number | undefined): Promise<SecretsAndQuotas> {
  const secrets = new Map<string, string>();
  const refuse = (type: string): AwsJsonAnswer => ({
    answer: { kind: 'error', error: { status: 400, type, message: type } },
  });
  const server = await serveAwsJson((operation, input) => {
    if (operation === 'GetServiceQuota') {
      const Value = quota(QuotaSchema.parse(input).QuotaCode);
      return Value === undefined
        ? refuse('AccessDeniedException')
        : { answer: { kind: 'answer', body: { Quota: { Value } } } };
    }
    if (operation !== 'GetSecretValue') return refuse('UnknownOperationException');
    const { SecretId } = SecretSchema.parse(input);
    const text = secrets.get(SecretId);
    if (text === undefined) return refuse('ResourceNotFoundException');
    return { answer: { kind: 'answer', body: { ARN: SecretId, SecretString: text } } };
  });
  return { ...server, secrets };
}
