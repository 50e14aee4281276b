// The pool's dashboard, row by row: is it alive, is work flowing, what fails, what does it cost. Only metrics of
// jobs/metrics.ts and AWS's own of this stack's resources.
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { LIMITS } from '#jobs/limits.ts';
import { dashboardName } from '#settings/pool-names.ts';
import type { Watched } from './alarms.ts';
import { PoolMetrics } from './metrics.ts';

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);
const HOUR = Duration.hours(1);

type Lines = cloudwatch.IMetric[];

interface GraphOptions {
  readonly unit: string;
  readonly limit?: { readonly value: number; readonly label: string };
}

function graph(title: string, left: Lines, { unit, limit }: GraphOptions): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({
    title,
    left,
    width: 8,
    height: 6,
    leftYAxis: { min: 0, label: unit, showUnits: false },
    ...(limit === undefined ? {} : { leftAnnotations: [{ ...limit, color: cloudwatch.Color.RED }] }),
  });
}

export function addDashboard(scope: Construct, watched: Watched): cloudwatch.Dashboard {
  const pool = new PoolMetrics(watched.poolName);
  return new cloudwatch.Dashboard(scope, 'Dashboard', {
    dashboardName: dashboardName(watched.poolName),
    defaultInterval: Duration.hours(3),
    widgets: [
      flowRow(pool),
      launchRow(pool),
      failureRow(pool),
      dispatcherRow(pool),
      completionRow(pool, watched),
      quotaAndCostRow(pool),
      functionRow(watched),
    ],
  });
}

function flowRow(pool: PoolMetrics): cloudwatch.IWidget[] {
  return [
    graph(
      'Jobs in flight',
      [
        pool.metric('JobsInFlight', 'Maximum', MINUTE),
        pool.metric('JobsRunning', 'Maximum', MINUTE),
        pool.metric('JobsWaiting', 'Maximum', MINUTE),
        pool.metric('JobLimit', 'Maximum', MINUTE),
      ],
      { unit: 'jobs' },
    ),
    graph(
      'Queue: jobs taken, polls that found it empty',
      [pool.metric('JobsDequeued', 'Sum', MINUTE), pool.metric('QueueEmpty', 'Sum', MINUTE)],
      { unit: 'a minute' },
    ),
    graph(
      'Jobs ended',
      [
        pool.metric('JobsCompleted', 'Sum', FIVE_MINUTES),
        pool.split('JobsFailed', 'Sum', FIVE_MINUTES),
        pool.metric('JobsGivenBack', 'Sum', FIVE_MINUTES),
      ],
      { unit: 'in 5 minutes' },
    ),
  ];
}

function launchRow(pool: PoolMetrics): cloudwatch.IWidget[] {
  return [
    graph(
      'Launch latency: dequeue to running',
      [
        pool.metric('LaunchLatency', 'p50', FIVE_MINUTES, { label: 'half of the jobs' }),
        pool.metric('LaunchLatency', 'p90', FIVE_MINUTES, { label: '90 %' }),
        pool.metric('ImagePullTime', 'p90', FIVE_MINUTES, { label: 'image pull, 90 %' }),
      ],
      { unit: 'ms' },
    ),
    graph(
      'Launches, refusals, throttles',
      [
        pool.split('TasksLaunched', 'Sum', FIVE_MINUTES),
        pool.split('CapacityRefusals', 'Sum', FIVE_MINUTES),
        pool.split('Throttles', 'Sum', FIVE_MINUTES),
        pool.metric('LaunchRejections', 'Sum', FIVE_MINUTES),
      ],
      { unit: 'in 5 minutes' },
    ),
    graph('Admission window', [pool.metric('AdmissionWindow', 'Minimum', MINUTE)], { unit: 'jobs' }),
  ];
}

function failureRow(pool: PoolMetrics): cloudwatch.IWidget[] {
  return [
    graph(
      'Tasks lost, and launched again',
      [
        pool.metric('SpotLosses', 'Sum', FIVE_MINUTES),
        pool.metric('InfrastructureLosses', 'Sum', FIVE_MINUTES),
        pool.metric('Relaunches', 'Sum', FIVE_MINUTES),
        pool.metric('TasksSwept', 'Sum', FIVE_MINUTES),
      ],
      { unit: 'in 5 minutes' },
    ),
    graph(
      'Sourcegraph out of reach',
      [
        pool.split('SourcegraphUnreachable', 'Sum', FIVE_MINUTES),
        pool.metric('HeartbeatFailures', 'Sum', FIVE_MINUTES),
      ],
      { unit: 'calls in 5 minutes' },
    ),
    graph(
      'Our own trouble',
      [
        pool.metric('Strikes', 'Sum', FIVE_MINUTES),
        pool.metric('StoreFailures', 'Sum', FIVE_MINUTES),
        pool.metric('UnreadableRecords', 'Maximum', FIVE_MINUTES),
        pool.metric('ResultsForged', 'Sum', FIVE_MINUTES),
      ],
      { unit: 'in 5 minutes' },
    ),
  ];
}

function dispatcherRow(pool: PoolMetrics): cloudwatch.IWidget[] {
  const limit = { value: LIMITS.stallMs, label: 'Sourcegraph gives all jobs away' };
  return [
    graph('Heartbeat gap', [pool.metric('HeartbeatGap', 'Maximum', MINUTE)], { unit: 'ms', limit }),
    graph(
      'Change of dispatchers',
      [pool.metric('Takeovers', 'Sum', MINUTE), pool.metric('NoStandBy', 'Maximum', MINUTE)],
      { unit: 'a minute' },
    ),
    graph('Job duration', durations(pool), { unit: 'ms' }),
  ];
}

const durations = (pool: PoolMetrics): Lines => [
  pool.metric('JobDuration', 'p50', FIVE_MINUTES, { label: 'half of the jobs' }),
  pool.metric('JobDuration', 'p90', FIVE_MINUTES, { label: '90 %' }),
];

function completionRow(pool: PoolMetrics, { queues }: Watched): cloudwatch.IWidget[] {
  return [
    graph('Completion lag: end of task to mark', [pool.metric('CompletionLag', 'p90', FIVE_MINUTES)], { unit: 'ms' }),
    graph(
      'Marks',
      [
        pool.metric('MarksPending', 'Maximum', MINUTE),
        pool.metric('MarksNotOurs', 'Sum', MINUTE),
        pool.metric('MarksRefused', 'Sum', MINUTE),
      ],
      { unit: 'jobs' },
    ),
    graph(
      'Queues: results waiting, dead letters',
      [queues.results, queues.deadResults, queues.deadEvents].map((queue) =>
        queue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, label: queue.node.id }),
      ),
      { unit: 'messages' },
    ),
  ];
}

function quotaAndCostRow(pool: PoolMetrics): cloudwatch.IWidget[] {
  const cost = pool.metric('TaskCostMicroDollars', 'Sum', HOUR);
  const hourly = new cloudwatch.MathExpression({
    expression: 'cost / 1000000',
    label: 'an hour',
    period: HOUR,
    usingMetrics: { cost },
  });
  // A job costs all of its tasks, those that were lost as well.
  const perJob = new cloudwatch.MathExpression({
    expression: 'cost / jobs / 1000000',
    label: 'a job',
    period: HOUR,
    usingMetrics: { cost, jobs: pool.metric('JobDuration', 'SampleCount', HOUR) },
  });
  return [
    graph('vCPU quota', [pool.metric('VcpuUsed', 'Maximum', MINUTE), pool.metric('VcpuLimit', 'Maximum', MINUTE)], {
      unit: 'vCPU',
    }),
    graph('Cost of ended tasks (estimate)', [hourly, perJob], { unit: 'US dollars' }),
    graph('Log bytes sent to Sourcegraph', [pool.metric('LogBytes', 'Sum', FIVE_MINUTES)], { unit: 'bytes' }),
  ];
}

function functionRow({ functions }: Watched): cloudwatch.IWidget[] {
  return [
    graph(
      'Functions: errors and throttles',
      functions.flatMap(({ fn, name }) => [
        fn.metricErrors({ period: MINUTE, label: `${name} errors` }),
        fn.metricThrottles({ period: MINUTE, label: `${name} throttles` }),
      ]),
      { unit: 'a minute' },
    ),
    graph(
      'Functions: duration',
      functions.map(({ fn, name }) => fn.metricDuration({ period: FIVE_MINUTES, statistic: 'Maximum', label: name })),
      { unit: 'ms' },
    ),
    graph(
      'Functions: running at once',
      functions.map(({ fn, name }) =>
        fn.metric('ConcurrentExecutions', { period: MINUTE, statistic: 'Maximum', label: name }),
      ),
      { unit: 'invocations' },
    ),
  ];
}
