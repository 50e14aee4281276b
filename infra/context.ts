// The context that the project's own app reads: `-c name=value` gives texts, cdk.json may give real types. Every mistake
// at once, each with its fix; a name that nobody knows is one, since CDK itself takes any.
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { sizeRules as sizeRulesSetting } from '#settings/kinds.ts';
import { nearest } from '#settings/misspelt.ts';

const list = z.union([
  z.array(z.string()),
  z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
]);
const number = z.coerce.number({ error: 'must be a number' });
const whole = number.int({ error: 'must be a whole number' }).positive({ error: 'must be at least 1' });
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: 'must be true or false',
});
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a JSON object of texts' });
    return z.NEVER;
  }
});
const texts = z.union([z.record(z.string(), z.string()), json.pipe(z.record(z.string(), z.string()))], {
  error: 'must be a JSON object of texts',
});
const sizeRules = z
  .union([z.array(z.unknown()).transform((value) => JSON.stringify(value)), z.string()])
  .transform((text, context) => {
    const reading = sizeRulesSetting.read(text);
    if (reading.ok) return reading.value;
    context.addIssue({ code: 'custom', message: `must be ${reading.must}` });
    return z.NEVER;
  });
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const ContextSchema = z.object({
  frontendUrl: z.string({ error: 'must be set: -c frontendUrl=https://sourcegraph.example.com' }),
  accessTokenSecret: z.string({
    error: "must be set: the name or ARN of the secret with the instance's executors.accessToken",
  }),
  poolName: z.string().optional(),
  queues: list.optional(),
  maximumJobs: whole.optional(),
  cpus: number.positive({ error: 'must be above 0' }).optional(),
  memoryMiB: whole.optional(),
  diskGiB: whole.optional(),
  sizeRules: sizeRules.optional(),
  deadlineMinutes: whole.optional(),
  architecture: oneOf(['X86_64', 'ARM64']).optional(),
  capacity: oneOf(['on-demand', 'spot', 'spot-with-fallback']).optional(),
  polling: oneOf(['cheapest', 'lowest-latency']).optional(),
  vcpuQuota: whole.optional(),
  network: oneOf(['public', 'private']).optional(),
  endpoints: flag.optional(),
  functionsInVpc: flag.optional(),
  staticEgress: flag.optional(),
  httpProxy: z.string().optional(),
  httpsProxy: z.string().optional(),
  noProxy: list.optional(),
  vpcId: z.string().optional(),
  subnetIds: list.optional(),
  availabilityZones: list.optional(),
  runnerImage: z.string().optional(),
  officialImages: oneOf(['ecr-public', 'pull-through-cache', 'docker-hub']).optional(),
  stepRepositories: list.optional(),
  caBundleSecret: z.string().optional(),
  reservedConcurrency: whole.optional(),
  logRetentionDays: number
    .pipe(z.enum(RetentionDays, { error: 'must be a number of days that CloudWatch knows, such as 7, 30 or 365' }))
    .optional(),
  alarmTopicArn: z.string().optional(),
  dashboard: flag.optional(),
  alarms: flag.optional(),
  permissionsBoundaryArn: z.string().optional(),
  retainData: flag.optional(),
  environment: texts.optional(),
  taskTags: texts.optional(),
});

export type ExecutorContext = z.output<typeof ContextSchema>;

export type ParsedContext =
  | { readonly kind: 'context'; readonly context: ExecutorContext }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

export function parseContext(all: Readonly<Record<string, unknown>>): ParsedContext {
  const known = Object.keys(ContextSchema.shape);
  const problems = Object.keys(all)
    .filter((name) => !known.includes(name) && !isOfTheToolkit(name))
    .map((name) => unknownName(name, known));
  const parsed = ContextSchema.safeParse(Object.fromEntries(known.map((name) => [name, all[name]])));
  if (!parsed.success) {
    for (const { message, path } of parsed.error.issues) problems.push(`${path.join('.')} ${message}`);
  } else {
    problems.push(...halfVpc(parsed.data));
    if (problems.length === 0) return { kind: 'context', context: parsed.data };
  }
  return { kind: 'invalid', problems };
}

/** Feature flags, look-ups and what the CDK command itself hands over. */
function isOfTheToolkit(name: string): boolean {
  return name.includes(':') || name.startsWith('@aws-cdk') || name.startsWith('aws-cdk') || name === 'tree';
}

function unknownName(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === undefined
    ? `${name} is not known; docs/deploy.md lists the context`
    : `${name} is not known; did you mean ${meant}?`;
}

/** Without an account nothing can be looked up, so what stands for a VPC must be whole. */
function halfVpc({ vpcId, subnetIds, availabilityZones }: ExecutorContext): string[] {
  const parts = { vpcId, subnetIds, availabilityZones };
  const missing = Object.entries(parts).filter(([, value]) => value === undefined || value.length === 0);
  if (missing.length === 3) return [];
  if (missing.length > 0) {
    return [
      `vpcId, subnetIds and availabilityZones belong together; ${missing.map(([name]) => name).join(' and ')} is missing`,
    ];
  }
  return subnetIds?.length === availabilityZones?.length
    ? []
    : ['availabilityZones must name the zone of each of the subnetIds, in the same order'];
}
