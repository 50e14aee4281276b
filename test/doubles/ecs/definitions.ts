// Task definitions of the ECS double: what RegisterTaskDefinition accepts for Fargate, and revisions with their states.
// Limits: ECS Developer Guide, "Task definition parameters for Fargate" and "Amazon ECS service quotas".
import * as z from 'zod';
import { FARGATE_SIZES } from '#jobs/fargate-sizes.ts';
import { type EcsError, ERRORS } from './texts.ts';

const Name = z.string().regex(/^[A-Za-z0-9_-]{1,255}$/);

const ContainerSchema = z.looseObject({
  name: Name,
  image: z.string().min(1).max(255),
  essential: z.boolean().default(true),
  entryPoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  mountPoints: z.array(z.looseObject({ sourceVolume: z.string(), containerPath: z.string() })).default([]),
  dependsOn: z
    .array(z.object({ containerName: z.string(), condition: z.enum(['START', 'COMPLETE', 'SUCCESS', 'HEALTHY']) }))
    .default([]),
  user: z.string().optional(),
  readonlyRootFilesystem: z.boolean().default(false),
  stopTimeout: z.int().min(2).max(120).default(30),
  memory: z.int().min(4).optional(),
  linuxParameters: z
    .looseObject({
      capabilities: z
        .object({ add: z.array(z.literal('SYS_PTRACE')).optional(), drop: z.array(z.string()).optional() })
        .optional(),
    })
    .optional(),
  logConfiguration: z.looseObject({ logDriver: z.enum(['awslogs', 'awsfirelens', 'splunk']) }).optional(),
  // Not on Fargate.
  privileged: z.literal(false).optional(),
  links: z.never().optional(),
  dnsServers: z.never().optional(),
  extraHosts: z.never().optional(),
  disableNetworking: z.never().optional(),
});

const RegisterSchema = z.looseObject({
  family: Name,
  requiresCompatibilities: z.array(z.string()),
  networkMode: z.string().optional(),
  cpu: z.string().regex(/^\d+$/),
  memory: z.string().regex(/^\d+$/),
  ephemeralStorage: z.object({ sizeInGiB: z.int().min(21).max(200) }).optional(),
  runtimePlatform: z
    .object({ cpuArchitecture: z.enum(['X86_64', 'ARM64']), operatingSystemFamily: z.string() })
    .optional(),
  executionRoleArn: z.string().optional(),
  taskRoleArn: z.string().optional(),
  volumes: z.array(z.strictObject({ name: Name })).default([]),
  containerDefinitions: z.array(ContainerSchema).min(1),
  tags: z
    .array(z.object({ key: z.string().max(128), value: z.string().max(256) }))
    .max(50)
    .default([]),
});

export type Register = z.output<typeof RegisterSchema>;

export interface Registered extends Register {
  readonly taskDefinitionArn: string;
  readonly revision: number;
  /** Epoch seconds. */
  readonly registeredAt: number;
  status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
}

const CONTAINERS_MAX = 10;
const BYTES_MAX = 64 * 1024;

type Checked<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'error'; readonly error: EcsError };
const refuse = (error: EcsError): { readonly kind: 'error'; readonly error: EcsError } => ({ kind: 'error', error });

export class Definitions {
  readonly #prefix: string;
  readonly #families = new Map<string, Registered[]>();

  /** `prefix`: of ARNs, up to `task-definition`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  register(input: unknown, now: number): Checked<Registered> {
    const parsed = RegisterSchema.safeParse(input);
    if (!parsed.success) return refuse(ERRORS.client(z.prettifyError(parsed.error)));
    const problem = problemOf(parsed.data, JSON.stringify(input).length);
    if (problem !== undefined) return refuse(problem);
    const { family } = parsed.data;
    const revisions = this.#families.get(family) ?? [];
    const revision = revisions.length + 1;
    const taskDefinitionArn = `${this.#prefix}:task-definition/${family}:${revision}`;
    const registered: Registered = {
      ...parsed.data,
      taskDefinitionArn,
      revision,
      registeredAt: now / 1000,
      status: 'ACTIVE',
    };
    this.#families.set(family, [...revisions, registered]);
    return { kind: 'ok', value: registered };
  }

  /** By ARN, `family:revision`, or family: then its latest active revision. */
  find(name: string): Registered | undefined {
    const short = name.startsWith('arn:') ? name.slice(name.indexOf('/') + 1) : name;
    const [family = '', revision] = short.split(':');
    const revisions = this.#families.get(family) ?? [];
    if (revision === undefined) return revisions.findLast(({ status }) => status === 'ACTIVE');
    return revisions.find((one) => String(one.revision) === revision);
  }

  /** Families with an active definition. */
  families(prefix: string): readonly string[] {
    return [...this.#families]
      .filter(([family, revisions]) => family.startsWith(prefix) && revisions.some(({ status }) => status === 'ACTIVE'))
      .map(([family]) => family);
  }

  get count(): number {
    return [...this.#families.values()].reduce((sum, revisions) => sum + revisions.length, 0);
  }
}

function problemOf(input: Register, bytes: number): EcsError | undefined {
  const { containerDefinitions: containers, volumes } = input;
  const names = containers.map(({ name }) => name);
  if (bytes > BYTES_MAX) return ERRORS.client('Actual length of the task definition exceeds 64 KiB.');
  if (containers.length > CONTAINERS_MAX)
    return ERRORS.client('Too many containers in the task definition: at most 10.');
  if (new Set(names).size < names.length) return ERRORS.client('Container names must be unique.');
  if (!containers.some(({ essential }) => essential)) return ERRORS.client('At least one container must be essential.');
  if (!input.requiresCompatibilities.includes('FARGATE') || input.networkMode !== 'awsvpc') {
    return ERRORS.client("Fargate only supports network mode 'awsvpc'.");
  }
  if (!isFargateSize(Number(input.cpu), Number(input.memory))) return ERRORS.noFargateConfiguration;
  const mounts = containers.flatMap(({ mountPoints }) => mountPoints.map(({ sourceVolume }) => sourceVolume));
  const unknownVolume = mounts.find((volume) => !volumes.some(({ name }) => name === volume));
  if (unknownVolume !== undefined) return ERRORS.client(`Unknown volume '${unknownVolume}'.`);
  const needed = containers.flatMap(({ dependsOn }) => dependsOn.map(({ containerName }) => containerName));
  const unknownContainer = needed.find((name) => !names.includes(name));
  if (unknownContainer !== undefined) return ERRORS.client(`Unknown container '${unknownContainer}' in dependsOn.`);
  if (
    containers.some(({ logConfiguration }) => logConfiguration !== undefined) &&
    input.executionRoleArn === undefined
  ) {
    return ERRORS.client('Fargate requires task definition to have execution role ARN to support log driver awslogs.');
  }
  return undefined;
}

function isFargateSize(cpuUnits: number, memoryMiB: number): boolean {
  return FARGATE_SIZES.some(
    (row) => row.cpuUnits === cpuUnits && row.memoryGiB.some((gib) => gib * 1024 === memoryMiB),
  );
}
