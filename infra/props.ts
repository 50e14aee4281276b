// What an installation may decide, each with what it costs and what breaks. Everything has a default but the instance
// and its token. Whatever is not here but in docs/settings.md goes through `environment`.
import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type * as sns from 'aws-cdk-lib/aws-sns';

export interface SourcegraphExecutorProps extends TaskProps, NetworkProps, ImageProps, FunctionProps, OperationProps {
  /**
   * The Sourcegraph instance: scheme and host, no path. Plain http lets whoever is on the way read job tokens.
   */
  readonly frontendUrl: string;

  /**
   * The secret whose whole text is `executors.accessToken` of the site configuration. A secret that does not exist is
   * found only when the dispatcher runs: its log names the secret, the alarm HeartbeatFailures rings within minutes,
   * and then DispatcherErrors.
   */
  readonly accessToken: secretsmanager.ISecret;

  /**
   * Names the pool in Sourcegraph, in every resource's name and in every metric; a second pool in the account and region
   * needs another. A letter, then letters, digits and hyphens, 32 at most. Changing it replaces everything.
   *
   * @default 'executor'
   */
  readonly poolName?: string;

  /**
   * Queues to take jobs from. With several, the instance chooses among them.
   *
   * @default ['batches']
   */
  readonly queues?: readonly string[];

  /**
   * Jobs in flight at most. The account's vCPU quota bounds them too: a new account's 6 vCPU hold one job of the default
   * size. Each running job is billed; the limit is the upper bound of the bill.
   *
   * @default 100
   */
  readonly maximumJobs?: number;

  /**
   * Any other `EXECUTOR_*` setting of docs/settings.md, by its name. Secrets are refused here: environments are readable
   * to everyone who may look at a function.
   *
   * @default {}
   */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface TaskProps {
  /**
   * vCPUs of a job. Fargate's smallest pair with at least this much of both is taken; at us-east-1 prices of November
   * 2026 a vCPU hour is about $0.040 on x86_64 and $0.032 on ARM64.
   *
   * @default 4
   */
  readonly cpus?: number;

  /**
   * Memory of a job, in MiB. A step that needs more is killed, and its job fails with that reason.
   *
   * @default 12288
   */
  readonly memoryMiB?: number;

  /**
   * Disk of a job, in GiB; holds the workspace and all images, unpacked. 20 are free, up to 200 are billed.
   *
   * @default 20
   */
  readonly diskGiB?: number;

  /**
   * Other sizes and deadlines for some jobs; of the rules the first that matches a job decides, and what it leaves out is
   * as for all jobs. The cheapest thing to do about a bill: a job of 1 vCPU and 2 GB costs a quarter of the default.
   *
   * @default [] all jobs are alike
   */
  readonly sizeRules?: readonly SizeRuleProps[];

  /**
   * From the clone to the last step; then the job is ended and marked as errored.
   *
   * @default Duration.minutes(30)
   */
  readonly deadline?: Duration;

  /**
   * ARM64 costs a fifth less, and every image of every job must have it: `does not contain descriptor matching platform`
   * fails the job.
   *
   * @default 'X86_64'
   */
  readonly architecture?: 'X86_64' | 'ARM64';

  /**
   * Spot costs about a third, and AWS takes machines back with two minutes' notice: the job is then launched again, and
   * what its steps had done outside is done twice. `spot-with-fallback` launches a job that was lost twice on demand.
   *
   * @default 'on-demand'
   */
  readonly capacity?: 'on-demand' | 'spot' | 'spot-with-fallback';

  /**
   * With an empty queue: `cheapest` asks once a minute, so a job waits up to a minute to be seen; `lowest-latency` keeps
   * asking, which costs two functions that never end (up to $20 a month) and keeps the executor listed as active.
   *
   * @default 'cheapest'
   */
  readonly polling?: 'cheapest' | 'lowest-latency';

  /**
   * vCPUs that this pool may use at most, where several share the account's quota.
   *
   * @default - the account's quota, read at run time
   */
  readonly vcpuQuota?: number;

  /**
   * **Every step of every job can use this role, whoever wrote the batch spec.** Give it only what any user who may run
   * a batch change may do.
   *
   * @default - tasks have no role at all
   */
  readonly stepRole?: iam.IRole;

  /**
   * A script of the machine that runs cdk; the step-runner runs it in each workspace before the first step. It is shipped
   * with the dispatcher and readable to whoever may read its code: no secrets. One that fails fails the job.
   *
   * @default - none
   */
  readonly startupScript?: string;

  /**
   * Tags of every task, beside those of the stack; for cost allocation.
   *
   * @default { 'executor-pool': poolName }
   */
  readonly taskTags?: Readonly<Record<string, string>>;
}

export interface SizeRuleProps {
  /**
   * @default - jobs of any queue
   */
  readonly queue?: string;

  /**
   * Repository names like this, with `*` for any characters: `github.com/acme/*`.
   *
   * @default - jobs over any repository
   */
  readonly repository?: string;

  /**
   * @default - `cpus` of the pool
   */
  readonly cpus?: number;

  /**
   * @default - `memoryMiB` of the pool
   */
  readonly memoryMiB?: number;

  /**
   * @default - `diskGiB` of the pool
   */
  readonly diskGiB?: number;

  /**
   * @default - `deadline` of the pool
   */
  readonly deadline?: Duration;
}

export interface NetworkProps {
  /**
   * Where tasks run. The default VPC of the construct has public subnets in two zones and costs nothing by itself; each
   * running task pays for its public IPv4 address ($0.005 an hour). No port is open either way.
   *
   * @default - a VPC of its own
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Which subnets of the VPC. Several zones: Fargate's capacity is managed by zone.
   *
   * @default - all public subnets with `network: 'public'`, else the private ones
   */
  readonly subnets?: ec2.SubnetSelection;

  /**
   * `public`: tasks get a public address. `private`: they do not, and need a NAT gateway or endpoints in their subnets,
   * else every task fails to pull its images. Steps without internet cannot fetch packages.
   *
   * @default 'public'
   */
  readonly network?: 'public' | 'private';

  /**
   * With `private`: makes the interface endpoints that a closed VPC needs (ECR, logs, and for functions inside it ECS,
   * SQS, Secrets Manager, Service Quotas). $7.30 a month each and zone, whether used or not; synth prints the sum.
   *
   * @default false
   */
  readonly endpoints?: boolean;

  /**
   * Security groups of the tasks.
   *
   * @default - one that lets nothing in, and out only TCP 443, 80, 22 and DNS
   */
  readonly securityGroups?: readonly ec2.ISecurityGroup[];

  /**
   * An existing cluster. It must have the capacity providers FARGATE and FARGATE_SPOT.
   *
   * @default - one of its own; a cluster costs nothing
   */
  readonly cluster?: ecs.ICluster;

  /**
   * One fixed address for everything that reaches Sourcegraph, for an instance whose firewall lists addresses: a VPC of the
   * construct's own with one NAT gateway and an elastic address (output `EgressAddress`), tasks in private subnets and the
   * functions in them too. About $37 a month, idle or not, and $0.045 a GB, images included; when the gateway's zone
   * fails, so does the pool. In a VPC of yours the address is that of its NAT gateway: `network: 'private'` and
   * `functionsInVpc` do the same there.
   *
   * @default false
   */
  readonly staticEgress?: boolean;

  /**
   * Proxy of functions and step-runner on their way to Sourcegraph. Steps see it only with `intoSteps`. AWS itself is reached
   * without it, and a proxy that asks for a password is refused: environments are readable to many.
   *
   * @default - none
   */
  readonly proxy?: ProxyProps;

  /**
   * Puts the functions into the VPC, to reach an instance that only the VPC reaches. A function in a VPC has no
   * internet, not even in a public subnet: needs `private` with a NAT gateway or `endpoints`.
   *
   * @default false
   */
  readonly functionsInVpc?: boolean;
}

export interface ProxyProps {
  /**
   * For `http://` addresses, such as `http://proxy.example.com:3128`.
   *
   * @default - none
   */
  readonly http?: string;

  /**
   * For `https://` addresses.
   *
   * @default - none
   */
  readonly https?: string;

  /**
   * Hosts that are reached directly; loopback and the metadata address of tasks always are.
   *
   * @default []
   */
  readonly direct?: readonly string[];

  /**
   * Gives the same variables to steps.
   *
   * @default false
   */
  readonly intoSteps?: boolean;
}

export interface ImageProps {
  /**
   * The step-runner's image, best by digest, where no container engine is at hand to build it or all pools are to share
   * one.
   *
   * @default - built from runner/Dockerfile at deploy
   */
  readonly runnerImage?: string;

  /**
   * Where Docker Hub's official images (`alpine`, `node:24`) come from. `ecr-public`: their copies on ECR Public, the same
   * bytes without Docker Hub's 100 pulls in 6 hours. `pull-through-cache`: ECR Public through a cache in this account, the
   * only way in a VPC without internet; cached images cost $0.10 a GB and month and outlive the stack. `docker-hub`: as
   * named.
   *
   * @default 'ecr-public'
   */
  readonly officialImages?: 'ecr-public' | 'pull-through-cache' | 'docker-hub';

  /**
   * ARNs of private ECR repositories whose images steps may name. Any author of a batch spec can pull them.
   *
   * @default [] only the step-runner's own
   */
  readonly stepRepositories?: readonly string[];

  /**
   * Secrets with `{"username": ..., "password": ...}` by registry host (`docker.io` is Docker Hub's), read by ECS alone.
   *
   * @default {}
   */
  readonly registryCredentials?: Readonly<Record<string, secretsmanager.ISecret>>;
}

export interface FunctionProps {
  /**
   * Memory of the dispatcher in MB, and with it its share of a CPU. Two of them run while there is work: about $9 a month
   * each at 256, if there always is.
   *
   * @default 256
   */
  readonly dispatcherMemory?: number;

  /**
   * Reserved concurrency of the dispatcher, 4 at least. It keeps other functions of the account from starving it, and
   * makes the deployment fail in accounts whose concurrency limit is 10.
   *
   * @default - none: the lease already keeps two dispatchers from working at once
   */
  readonly reservedConcurrency?: number;

  /**
   * Completions at once, 2 to 1000; each marks up to ten jobs.
   *
   * @default 10
   */
  readonly completionConcurrency?: number;

  /**
   * The secret with certificates (PEM) to trust, for an instance with a private CA.
   *
   * @default - the usual ones only
   */
  readonly caBundle?: secretsmanager.ISecret;
}

export interface OperationProps {
  /**
   * @default RetentionDays.ONE_MONTH; CloudWatch takes $0.50 a GB for what is logged
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Gets every alarm and its end.
   *
   * @default - alarms ring nowhere
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * A dashboard ($3 a month, three are free in an account).
   *
   * @default true
   */
  readonly dashboard?: boolean;

  /**
   * Alarms ($0.10 a month each, ten are free in an account).
   *
   * @default true
   */
  readonly alarms?: boolean;

  /**
   * Of the roles that this construct makes.
   *
   * @default - none
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;

  /**
   * Of table, bucket, queues and log groups. Nothing in them outlives a job but the logs.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}
