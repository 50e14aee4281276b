// The one table of metrics: what each is called, counted in, split by, and means. Code emits by these names, the
// dashboard and the alarms read them here, and a test proves that each is emitted by something.
// No dimension may grow with the number of jobs: CloudWatch bills every combination of values.

/** CloudWatch's unit names. */
export type MetricUnit = 'Count' | 'Milliseconds' | 'Bytes' | 'None';

export interface MetricDefinition {
  readonly unit: MetricUnit;
  /** Beside the pool's. */
  readonly dimensions: readonly string[];
  /** One sentence for the dashboard's legend and the reference page. */
  readonly sentence: string;
}

const metric = (unit: MetricUnit, sentence: string, ...dimensions: readonly string[]): MetricDefinition => ({
  unit,
  dimensions,
  sentence,
});

export const METRIC_NAMESPACE = 'SourcegraphExecutor';
/** The dimension that every metric carries: the pool's name. */
export const POOL_DIMENSION = 'Pool';

export const METRICS = {
  // ---- jobs ----
  JobsInFlight: metric('Count', 'Jobs held for Sourcegraph, from dequeue to accepted mark.'),
  JobsWaiting: metric('Count', 'Jobs dequeued whose task does not run yet.'),
  JobsRunning: metric('Count', 'Jobs whose task runs.'),
  JobLimit: metric('Count', 'The limit on jobs in flight.'),
  AdmissionWindow: metric('Count', 'Jobs that may be dequeued and not yet running; 0 while capacity is refused.'),
  JobsDequeued: metric('Count', 'Jobs that Sourcegraph gave us.'),
  QueueEmpty: metric('Count', 'Polls that Sourcegraph answered with an empty queue.'),
  JobsCompleted: metric('Count', 'Jobs marked complete.'),
  JobsFailed: metric('Count', 'Jobs marked errored or failed, by kind of failure.', 'Failure'),
  JobsGivenBack: metric(
    'Count',
    'Jobs that Sourcegraph no longer counts as ours, that were dequeued anew, or whose mark it refuses.',
  ),
  JobDuration: metric('Milliseconds', 'From dequeue to accepted mark.'),
  // ---- launch ----
  LaunchLatency: metric('Milliseconds', 'From dequeue to the task running.'),
  ImagePullTime: metric('Milliseconds', 'Time in which the task pulled its images.'),
  TasksLaunched: metric('Count', 'Tasks that ECS accepted.', 'Capacity'),
  Throttles: metric('Count', 'AWS calls answered with a throttle, by call.', 'Call'),
  CapacityRefusals: metric('Count', 'Launches that AWS refused for lack of capacity or quota.', 'Reason'),
  LaunchRejections: metric('Count', 'Launches or task definitions that AWS will never accept.'),
  Relaunches: metric('Count', 'Jobs launched again because the machine failed, not the job.'),
  SpotLosses: metric('Count', 'Tasks that Spot took back.'),
  InfrastructureLosses: metric('Count', 'Tasks lost to AWS other than by Spot.'),
  TasksSwept: metric('Count', 'Tasks stopped because no job stands behind them.'),
  // ---- dispatcher ----
  HeartbeatGap: metric('Milliseconds', 'Between two heartbeats sent; 25 seconds lose every job.'),
  HeartbeatFailures: metric('Count', 'Heartbeats that Sourcegraph did not accept.'),
  NoStandBy: metric('Count', '1 while the dispatcher has nobody to take over from it.'),
  Takeovers: metric('Count', 'Leases taken over from a dispatcher that left or died.'),
  Strikes: metric('Count', 'Ticks that failed over one job; the third marks that job errored.'),
  UnreadableRecords: metric('Count', 'Job records that this version of the code cannot read.'),
  SourcegraphUnreachable: metric('Count', 'Calls to Sourcegraph without a usable answer, by call.', 'Call'),
  StoreFailures: metric('Count', 'Ticks in which our own table or bucket did not answer.'),
  // ---- completion ----
  CompletionLag: metric('Milliseconds', 'From the end of the task to the accepted mark.'),
  MarksPending: metric('Count', 'Jobs that have ended and whose mark Sourcegraph has not accepted yet.'),
  MarksNotOurs: metric('Count', 'Marks answered with "not yours": the job had been taken from us.'),
  MarksRefused: metric(
    'Count',
    'Marks that Sourcegraph, or a proxy before it, refused, other than for a length that could be cut.',
  ),
  ResultsForged: metric('Count', 'Results that were unreadable or named another attempt.'),
  LogBytes: metric('Bytes', 'Log bytes that a job sent to Sourcegraph.'),
  // ---- quota and cost ----
  VcpuUsed: metric('None', 'vCPUs of the tasks that were launched and have not ended.'),
  VcpuLimit: metric('None', "The account's Fargate vCPU quota, as far as it can be read."),
  TaskCostMicroDollars: metric(
    'None',
    'Estimated cost of a task in millionths of a US dollar, from size, architecture, capacity and time.',
  ),
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
