// The dispatcher's handler. A schedule starts one a minute; each works, or stands by, until near its time-out. A failed
// invocation throws, so that Lambda's own error metric counts it.
import type { Context } from 'aws-lambda';
import { LIMITS } from '#jobs/limits.ts';
import { runInvocation } from '#jobs/dispatch/run-invocation.ts';
import { parseDeployedSettings } from '#settings/parse.ts';
import { SETTINGS } from '#settings/table.ts';
import { openDispatchers, openStores, openTasks, regionOf } from '../aws/deployed-world.ts';
import { readFargateQuotas } from '../aws/fargate-quotas.ts';
import { clock, random } from '../clock-and-chance.ts';
import { jobResources } from '#settings/job-resources.ts';
import { connect } from '../connect.ts';
import { InvalidSettings } from '../invalid-settings.ts';
import { LambdaJournal } from '../lambda-journal.ts';
import { once } from '../once.ts';
import { shippedFile } from '../shipped-file.ts';
import { taskSize } from '../task-size.ts';
import { dispatchOptions } from './dispatch-options.ts';
import { DispatcherEventSchema } from './event.ts';
import { quotaWarnings } from './quota-warnings.ts';

/** Lambda's own queue may hold an event back for hours when the account is throttled; by then others are at work. */
const EVENT_AGE_MAX_MS = 90_000;
/** The last dequeue is waited for. */
const LEAVE_BEFORE_END_MS = LIMITS.callTimeoutMs + 10_000;
const PUBLISH_MS = 10_000;

const open = once(async () => {
  const parsed = parseDeployedSettings({ ...process.env }, 'dispatcher');
  if (parsed.kind === 'invalid') throw new InvalidSettings(parsed);
  const { settings, deployment, notices } = parsed;
  const journal = new LambdaJournal({ functionName: 'dispatcher', logLevel: settings.logLevel, ...deployment });
  for (const { message } of notices) journal.log('warn', message, {});
  const { instance, caBundle } = await connect({
    settings,
    deployment,
    architecture: deployment.architecture,
    resources: jobResources(settings),
    trace: (exchange) => journal.log('info', 'request to Sourcegraph', { ...exchange }),
  });
  const quotas = await readFargateQuotas(deployment.capacity);
  for (const { message, ...fields } of quotaWarnings(quotas, taskSize(settings))) journal.log('warn', message, fields);
  const setupScript =
    settings.startupScriptPath === undefined
      ? undefined
      : await shippedFile(SETTINGS.startupScriptPath.name, settings.startupScriptPath);
  const { stepRoleArn, taskTags, ...ecs } = deployment;
  const tasks = openTasks({
    ...ecs,
    region: regionOf(deployment.clusterArn),
    tags: {
      ...settings.kubernetesJobAnnotations,
      ...settings.kubernetesJobPodAnnotations,
      ...taskTags,
      pool: deployment.poolName,
    },
    ...(stepRoleArn === undefined ? {} : { stepRoleArn }),
  });
  const dispatchers = openDispatchers(deployment.poolName);
  const stores = openStores(deployment, { clock, random });
  const world = { clock, random, instance, tasks, dispatchers, journal, ...stores };
  return {
    journal,
    world,
    options: dispatchOptions(settings, deployment, { caBundle, setupScript, quotas }),
    whenIdle: deployment.polling === 'cheapest' ? ('return' as const) : ('poll' as const),
  };
});

export async function handler(event: unknown, context: Context): Promise<{ readonly ended: string }> {
  const { journal, options, whenIdle, world } = await open();
  journal.startInvocation(context.awsRequestId);
  const { scheduledTime, standBy = false } = DispatcherEventSchema.parse(event) ?? {};
  const age = scheduledTime === undefined ? 0 : clock.now() - Date.parse(scheduledTime);
  if (age > EVENT_AGE_MAX_MS) {
    journal.log('warn', 'an event of the schedule is too old and left alone', { scheduledTime });
    return { ended: 'stale' };
  }
  const publishing = setInterval(() => journal.publish(), PUBLISH_MS);
  try {
    const end = await runInvocation(world, options, {
      id: context.awsRequestId,
      until: clock.now() + context.getRemainingTimeInMillis() - LEAVE_BEFORE_END_MS,
      whenIdle,
      expectsStandBy: true,
      startedToStandBy: standBy,
    });
    if (end.kind === 'failed') throw new Error(end.message);
    journal.log('info', 'the invocation ends', { end: end.kind });
    return { ended: end.kind };
  } finally {
    clearInterval(publishing);
    journal.publish();
  }
}
