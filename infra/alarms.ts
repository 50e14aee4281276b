// What is worth waking somebody for, as a table: metric, bound, and what the alarm means and what to look at first.
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { LIMITS } from '#jobs/limits.ts';
import { PoolMetrics } from './metrics.ts';
import type { ExecutorQueues } from './queues.ts';

/** What dashboard and alarms look at, beside the pool's own metrics. */
export interface Watched {
  readonly poolName: string;
  readonly queues: ExecutorQueues;
  readonly functions: readonly { readonly name: string; readonly fn: lambda.IFunction }[];
}

interface AlarmRow {
  readonly id: string;
  readonly metric: cloudwatch.IMetric;
  /** Rings at this value or above (or below, where `low`). */
  readonly threshold: number;
  /** Periods in a row. */
  readonly periods: number;
  readonly low?: true;
  /** What it means, then what to look at. */
  readonly means: string;
}

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);

export function addAlarms(scope: Construct, watched: Watched, topic: sns.ITopic | undefined): cloudwatch.Alarm[] {
  const rows = [
    ...poolAlarms(new PoolMetrics(watched.poolName)),
    ...queueAlarms(watched.queues),
    ...functionAlarms(watched),
  ];
  return rows.map((row) => {
    const alarm = new cloudwatch.Alarm(scope, `${row.id}Alarm`, {
      alarmName: `${watched.poolName}-${row.id}`,
      alarmDescription: `${row.means} See docs/operations.md.`,
      metric: row.metric,
      threshold: row.threshold,
      evaluationPeriods: row.periods,
      comparisonOperator:
        row.low === true
          ? cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
          : cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // With nothing to do nothing is emitted.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    if (topic !== undefined) {
      const action = new actions.SnsAction(topic);
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
    return alarm;
  });
}

function poolAlarms(pool: PoolMetrics): AlarmRow[] {
  const used = pool.metric('VcpuUsed', 'Maximum', FIVE_MINUTES);
  const limit = pool.metric('VcpuLimit', 'Maximum', FIVE_MINUTES);
  return [
    {
      id: 'HeartbeatGap',
      metric: pool.metric('HeartbeatGap', 'Maximum', MINUTE),
      threshold: LIMITS.heartbeatGapMaxMs,
      periods: 1,
      means:
        'Heartbeats came late; 25 seconds lose every job. Look at the dispatcher: throttled, slow, or Sourcegraph slow?',
    },
    {
      id: 'NoStandBy',
      metric: pool.metric('NoStandBy', 'Maximum', MINUTE),
      threshold: 1,
      periods: 2,
      means:
        'The dispatcher works alone: nobody takes over from it. Look at throttles of the function and at the schedule.',
    },
    {
      id: 'SourcegraphUnreachable',
      metric: pool.metric('SourcegraphUnreachable', 'Sum', FIVE_MINUTES, { values: { Call: 'dequeue' } }),
      threshold: 3,
      periods: 1,
      means:
        "Sourcegraph takes heartbeats but gives no jobs: it does not serve the queue, or fails. The dispatcher's log says which.",
    },
    {
      id: 'HeartbeatFailures',
      metric: pool.metric('HeartbeatFailures', 'Sum', MINUTE),
      threshold: 4,
      periods: 1,
      // Without heartbeats no job is asked for, so this one rings for whatever is wrong with the connection.
      means:
        "Sourcegraph accepts no heartbeats: wrong URL, token, secret or certificate, or it is down. Running jobs are given to others. The dispatcher's log says which.",
    },
    {
      id: 'MarksPending',
      metric: pool.metric('MarksPending', 'Minimum', FIVE_MINUTES),
      threshold: 1,
      periods: 3,
      means: "Jobs have ended and Sourcegraph has not accepted their marks for minutes. Completion's log says why.",
    },
    {
      id: 'MarksRefused',
      metric: pool.metric('MarksRefused', 'Sum', FIVE_MINUTES),
      threshold: 1,
      periods: 1,
      means:
        "Sourcegraph, or a proxy before it, refuses the outcome of a job: after a dozen tries the job is given back and runs again. Completion's log names job and status.",
    },
    {
      id: 'CompletionLag',
      metric: pool.metric('CompletionLag', 'p90', FIVE_MINUTES),
      threshold: 5 * 60_000,
      periods: 1,
      means: 'Marks come minutes after their tasks have ended. Look at the results queue and at completion.',
    },
    {
      id: 'LaunchLatency',
      metric: pool.metric('LaunchLatency', 'p90', FIVE_MINUTES),
      threshold: 5 * 60_000,
      periods: 2,
      means: 'Jobs wait minutes for their task. Look at capacity refusals, image pull time and the vCPU quota.',
    },
    {
      id: 'NoCapacity',
      metric: pool.metric('AdmissionWindow', 'Maximum', FIVE_MINUTES),
      threshold: 1,
      low: true,
      periods: 3,
      means: 'AWS has refused every launch for a quarter of an hour: quota or capacity. Raise the quota, or add zones.',
    },
    {
      id: 'VcpuQuota',
      metric: new cloudwatch.MathExpression({
        expression: '100 * used / limit',
        label: 'vCPU quota in use, %',
        period: FIVE_MINUTES,
        usingMetrics: { used, limit },
      }),
      threshold: 90,
      periods: 3,
      means: "The account's Fargate vCPU quota is nearly used up; further jobs wait. Ask for more in Service Quotas.",
    },
    {
      id: 'LaunchRejections',
      metric: pool.metric('LaunchRejections', 'Sum', FIVE_MINUTES),
      threshold: 1,
      periods: 1,
      means:
        "AWS refuses a launch or task definition for good: permissions, subnets or sizes. The dispatcher's log has its words.",
    },
    {
      id: 'Strikes',
      metric: pool.metric('Strikes', 'Sum', FIVE_MINUTES),
      threshold: LIMITS.strikes,
      periods: 1,
      means: 'A job made the dispatcher fail again and again and was marked errored: a bug, please report it.',
    },
    {
      id: 'StoreFailures',
      metric: pool.metric('StoreFailures', 'Sum', MINUTE),
      threshold: 5,
      periods: 2,
      means: 'Table or bucket do not answer. Look at permissions and at the health of AWS.',
    },
    {
      id: 'UnreadableRecords',
      metric: pool.metric('UnreadableRecords', 'Maximum', FIVE_MINUTES),
      threshold: 1,
      periods: 1,
      means: 'Records that this version cannot read: after a rollback, or a bug. Deploy the newer version again.',
    },
  ];
}

function queueAlarms({ results, deadResults, deadEvents }: ExecutorQueues): AlarmRow[] {
  const visible = (queue: sqs.Queue): cloudwatch.Metric =>
    queue.metricApproximateNumberOfMessagesVisible({ period: MINUTE });
  return [
    {
      id: 'DeadResults',
      metric: visible(deadResults),
      threshold: 1,
      periods: 1,
      means:
        'Completion could not handle a message five times. Mend the cause in its log, then redrive (output RedriveCommand).',
    },
    {
      id: 'DeadEvents',
      metric: visible(deadEvents),
      threshold: 1,
      periods: 1,
      means: 'EventBridge could not deliver stopped tasks to the results queue: its policy or encryption was changed.',
    },
    {
      id: 'ResultsWaiting',
      metric: results.metricApproximateAgeOfOldestMessage({ period: MINUTE }),
      threshold: 10 * 60,
      periods: 2,
      means: 'Results wait for completion for ten minutes. Look at its errors and throttles.',
    },
  ];
}

function functionAlarms({ functions }: Watched): AlarmRow[] {
  return functions.flatMap(({ name, fn }) => [
    {
      id: `${name}Errors`,
      metric: fn.metricErrors({ period: FIVE_MINUTES }),
      threshold: 3,
      periods: 1,
      means: `The ${name} function fails: settings, secret, permissions or Sourcegraph. The last error in its log says which.`,
    },
    {
      id: `${name}Throttles`,
      metric: fn.metricThrottles({ period: FIVE_MINUTES }),
      threshold: 1,
      periods: 2,
      means: `Lambda throttles the ${name} function: the account's concurrency is used up, and jobs will be lost.`,
    },
  ]);
}
