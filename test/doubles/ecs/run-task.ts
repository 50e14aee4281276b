// What RunTask accepts. Limits: ECS API reference, RunTask.
import * as z from 'zod';
import type { Registered } from './definitions.ts';
import { type EcsError, ERRORS } from './texts.ts';

export const RunTaskSchema = z.looseObject({
  cluster: z.string(),
  taskDefinition: z.string(),
  clientToken: z
    .string()
    .regex(/^[!-~]{1,64}$/)
    .optional(),
  count: z.int().min(1).max(10).default(1),
  startedBy: z
    .string()
    .regex(/^[A-Za-z0-9/_-]{1,128}$/)
    .optional(),
  launchType: z.enum(['FARGATE', 'EC2', 'EXTERNAL']).optional(),
  capacityProviderStrategy: z
    .array(
      z.object({
        capacityProvider: z.string(),
        weight: z.int().min(0).max(1000).default(0),
        base: z.int().optional(),
      }),
    )
    .max(20)
    .optional(),
  networkConfiguration: z
    .object({
      awsvpcConfiguration: z.object({
        subnets: z.array(z.string()).min(1).max(16),
        securityGroups: z.array(z.string()).max(5).default([]),
        assignPublicIp: z.enum(['ENABLED', 'DISABLED']).default('DISABLED'),
      }),
    })
    .optional(),
  overrides: z
    .looseObject({
      containerOverrides: z
        .array(
          z.looseObject({
            name: z.string(),
            environment: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
          }),
        )
        .default([]),
    })
    .optional(),
  propagateTags: z.enum(['TASK_DEFINITION', 'NONE']).optional(),
  tags: z
    .array(z.object({ key: z.string().max(128), value: z.string().max(256) }))
    .max(50)
    .optional(),
});

export type RunTask = z.output<typeof RunTaskSchema>;

const OVERRIDES_MAX = 8192;

export function runTaskProblem(run: RunTask, definition: Registered): EcsError | undefined {
  const { capacityProviderStrategy: strategy, launchType, overrides, tags = [] } = run;
  if (launchType !== undefined && strategy !== undefined) return ERRORS.launchTypeAndStrategy;
  if (strategy?.every(({ weight }) => weight === 0) === true) {
    return ERRORS.invalid('At least one capacity provider of the strategy must have a weight above zero.');
  }
  if (run.networkConfiguration === undefined) return ERRORS.networkRequired;
  if (JSON.stringify(overrides ?? {}).length > OVERRIDES_MAX) return ERRORS.overridesTooLong;
  const names = definition.containerDefinitions.map(({ name }) => name);
  const unknown = overrides?.containerOverrides.find(({ name }) => !names.includes(name));
  if (unknown !== undefined) {
    return ERRORS.invalid(`Override for container named ${unknown.name} is not a container in the TaskDefinition.`);
  }
  if (tags.some(({ key }) => key.startsWith('aws:'))) return ERRORS.invalid('Tag keys cannot begin with aws:.');
  return undefined;
}
