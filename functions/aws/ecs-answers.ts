// What ECS's answers to RunTask and RegisterTaskDefinition mean. A refusal for lack of capacity or quota comes as a
// success with `failures`; EC2's throttling comes inside a 400 of ECS; an answer that cannot be read may have started a
// task. Texts are matched in part only, and loosely in quotes: AWS changes them.
// Sources: ECS API reference and Developer Guide, "API failure reasons"; wire shapes as the SDK was seen to read them.
import { ConflictException, type RunTaskCommandOutput } from '@aws-sdk/client-ecs';
import type { DefineAnswer, LaunchAnswer } from '#jobs/world.ts';
import { callFailure } from './failures.ts';

/** EC2's own limit, met by ECS on our behalf: in no way the parameter's fault that the exception's name claims. */
const EC2_THROTTLE = /Request limit exceeded|RequestLimitExceeded/i;
/** Also of Fargate itself, under ECS's most general exception. */
const RATE = /Rate exceeded|Too many concurrent attempts/i;
const DEFINITION_GONE = /TaskDefinition is inactive|TaskDefinition not found|Unable to describe task definition/i;

const isThrottle = (message: string): boolean => EC2_THROTTLE.test(message) || RATE.test(message);

const QUOTA = /reached the limit on the number of/i;
/** Asked for more than the account may ever have in one task. */
const ABOVE_LIMIT = /configuration is above your limit/i;

export function launchAnswer({ tasks = [], failures = [] }: Partial<RunTaskCommandOutput>): LaunchAnswer {
  const task = tasks[0]?.taskArn;
  if (task !== undefined) return { kind: 'started', task };
  const [failure] = failures;
  // An empty answer says nothing; the same token sent again will.
  if (failure === undefined) return { kind: 'unreachable', message: 'RunTask answered neither a task nor a failure' };
  const message = [failure.reason, failure.detail].filter((part) => part !== undefined && part !== '').join(': ');
  if (QUOTA.test(message)) return { kind: 'quota-reached', message };
  if (ABOVE_LIMIT.test(message)) return { kind: 'rejected', message };
  return { kind: 'no-capacity', message };
}

export function launchFailure(error: unknown): LaunchAnswer {
  if (error instanceof ConflictException) {
    // The token is known with other parameters: a predecessor of us, or of other code, launched this very attempt.
    const task = error.resourceIds?.[0];
    return task === undefined
      ? { kind: 'unreachable', message: `${error.name}: ${error.message}` }
      : { kind: 'started', task };
  }
  const failure = callFailure(error);
  if (failure.kind !== 'refused') return failure;
  const { message } = failure;
  if (isThrottle(message)) return { kind: 'throttled', message };
  if (DEFINITION_GONE.test(message)) return { kind: 'definition-gone', message };
  return { kind: 'rejected', message };
}

export function defineFailure(error: unknown): Exclude<DefineAnswer, { kind: 'defined' }> {
  const failure = callFailure(error);
  if (failure.kind !== 'refused') return failure;
  const { message } = failure;
  return { kind: isThrottle(message) ? 'throttled' : 'rejected', message };
}

export const isDefinitionGone = (error: unknown): boolean =>
  error instanceof Error && DEFINITION_GONE.test(error.message);
