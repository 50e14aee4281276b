// The construct: a whole executor pool. In your own app `new SourcegraphExecutor(stack, 'Executor', { frontendUrl,
// accessToken })`; the stack of this project is a thin shell around it.
import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { DeploymentValues } from '#settings/deployment.ts';
import { addAlarms, type Watched } from './alarms.ts';
import { Completion } from './completion.ts';
import { addDashboard } from './dashboard.ts';
import { DEFAULTS } from './defaults.ts';
import { Dispatcher } from './dispatcher.ts';
import { deploymentEnvironment, settingsEnvironment } from './environment.ts';
import { logGroupArn } from './function.ts';
import { Gate } from './gate.ts';
import { ExecutorLogGroups } from './log-groups.ts';
import { areFunctionsInVpc, ExecutorNetwork, isPrivate } from './network.ts';
import { addOutputs } from './outputs.ts';
import {
  gateGrants,
  type Grant,
  quotaGrant,
  secretGrant,
  sendGrant,
  standByGrant,
  statusGrants,
  storeGrants,
  taskGrants,
} from './permissions.ts';
import type { SourcegraphExecutorProps } from './props.ts';
import { officialImages } from './pull-through.ts';
import { addQueries } from './queries.ts';
import { ExecutorQueues } from './queues.ts';
import { makeExecutionRole } from './roles.ts';
import { runnerImage } from './runner-image.ts';
import { Status } from './status.ts';
import { ExecutorStore } from './store.ts';
import { Findings, validateEnvironment, validateNetwork, validateProps } from './validation.ts';

export class SourcegraphExecutor extends Construct implements ec2.IConnectable {
  readonly network: ExecutorNetwork;
  readonly store: ExecutorStore;
  readonly queues: ExecutorQueues;
  readonly logGroups: ExecutorLogGroups;
  readonly dispatcher: Dispatcher;
  readonly completion: Completion;
  readonly status: Status;
  /** Not visible to any step. */
  readonly executionRole: iam.IRole;
  /** Of the tasks, and of the functions where they are in the VPC. */
  readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: SourcegraphExecutorProps) {
    super(scope, id);
    const poolName = props.poolName ?? DEFAULTS.poolName;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.DESTROY;
    const findings = new Findings(this);
    const settings = settingsEnvironment(props);
    validateProps(findings, poolName, props);
    validateEnvironment(findings, settings);

    this.network = new ExecutorNetwork(this, 'Network', poolName, props);
    validateNetwork(findings, this.network, props);
    this.connections = new ec2.Connections({ securityGroups: [...this.network.securityGroups] });
    this.store = new ExecutorStore(this, 'Store', removalPolicy);
    this.queues = new ExecutorQueues(this, 'Queues', { poolName, clusterArn: this.network.clusterArn, removalPolicy });
    this.queues.sendResultsOf(this.store.bucket);
    this.logGroups = new ExecutorLogGroups(this, 'Logs', {
      poolName,
      retention: props.logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy,
    });
    addQueries(this, poolName, this.logGroups);

    const tasks = this.#tasks(poolName, props);
    this.executionRole = tasks.executionRole;
    const shared = this.#shared(poolName, props, settings.files);
    this.dispatcher = new Dispatcher(this, 'Dispatcher', {
      ...shared.functionProps,
      logGroup: this.logGroups.dispatcher,
      memoryMb: props.dispatcherMemory ?? DEFAULTS.dispatcherMemory,
      reservedConcurrency: props.reservedConcurrency,
      environment: {
        ...settings.variables,
        ...deploymentEnvironment('dispatcher', { ...shared.deployment, ...tasks.deployment }),
      },
      grants: [...shared.grants(), ...this.#dispatcherGrants(poolName, props)],
    });
    if (this.network.ownCluster !== undefined) this.dispatcher.node.addDependency(this.network.ownCluster);
    this.completion = new Completion(this, 'Completion', {
      ...shared.functionProps,
      logGroup: this.logGroups.completion,
      queues: this.queues,
      concurrency: Math.min(1000, Math.max(2, props.completionConcurrency ?? DEFAULTS.completionConcurrency)),
      environment: { ...settings.variables, ...deploymentEnvironment('completion', shared.deployment) },
      grants: shared.grants(),
    });
    this.status = new Status(this, 'Status', {
      ...shared.functionProps,
      logGroup: this.logGroups.status,
      environment: {
        ...settings.variables,
        ...deploymentEnvironment('status', { ...shared.deployment, ...tasks.deployment }),
      },
      grants: [
        ...statusGrants(
          this.store,
          this.queues,
          [this.logGroups.dispatcher, this.logGroups.completion].map((group) => logGroupArn(this, group)),
          tasks.imageRepositoryArn,
        ),
        secretGrant([props.accessToken, props.caBundle]),
        quotaGrant(this),
      ],
    });
    this.#closeBefore(poolName, props);
    this.#watch(poolName, props);
  }

  /** What a task is made of, and the role that makes it. */
  #tasks(
    poolName: string,
    props: SourcegraphExecutorProps,
  ): {
    readonly executionRole: iam.IRole;
    readonly imageRepositoryArn: string | undefined;
    readonly deployment: Partial<DeploymentValues<'dispatcher'>>;
  } {
    const architecture = props.architecture ?? DEFAULTS.architecture;
    const image = runnerImage(this, props.runnerImage, architecture);
    const official = officialImages(this, poolName, props.officialImages ?? DEFAULTS.officialImages);
    const credentials = props.registryCredentials ?? {};
    const executionRole = makeExecutionRole(this, {
      poolName,
      logGroupArn: logGroupArn(this, this.logGroups.runner),
      repositoryArns: [
        ...(image.repositoryArn === undefined ? [] : [image.repositoryArn]),
        ...(props.stepRepositories ?? []),
      ],
      cacheRepositories: official.cacheRepositories,
      registrySecrets: Object.values(credentials),
      boundary: props.permissionsBoundary,
    });
    const secretArns = Object.entries(credentials).map(([host, secret]) => [host, secret.secretArn] as const);
    return {
      executionRole,
      imageRepositoryArn: image.repositoryArn,
      deployment: {
        subnetIds: this.network.subnets.map((subnet) => subnet.subnetId),
        securityGroupIds: this.network.securityGroups.map((group) => group.securityGroupId),
        assignPublicIp: !isPrivate(props),
        runnerImage: image.uri,
        executionRoleArn: executionRole.roleArn,
        stepRoleArn: props.stepRole?.roleArn,
        runnerLogGroup: this.logGroups.runner.logGroupName,
        polling: props.polling ?? DEFAULTS.polling,
        vcpuQuota: props.vcpuQuota,
        pullThroughPrefix: official.prefix,
        registrySecrets: secretArns.length === 0 ? undefined : Object.fromEntries(secretArns),
        taskTags: props.taskTags ?? { 'executor-pool': poolName },
      },
    };
  }

  /** What both functions are given. */
  #shared(poolName: string, props: SourcegraphExecutorProps, files: Readonly<Record<string, string>>) {
    return {
      deployment: {
        poolName,
        tokenSecretArn: props.accessToken.secretArn,
        tableName: this.store.table.tableName,
        bucketName: this.store.bucket.bucketName,
        resultsQueueUrl: this.queues.results.queueUrl,
        clusterArn: this.network.clusterArn,
        capacity: props.capacity ?? DEFAULTS.capacity,
        architecture: props.architecture ?? DEFAULTS.architecture,
        tlsCaBundleSecretArn: props.caBundle?.secretArn,
      } satisfies Partial<DeploymentValues<'completion'>>,
      functionProps: {
        poolName,
        files,
        network: areFunctionsInVpc(props) ? this.network : undefined,
        boundary: props.permissionsBoundary,
      },
      grants: (): Grant[] => [...storeGrants(this.store), secretGrant([props.accessToken, props.caBundle])],
    };
  }

  #dispatcherGrants(poolName: string, props: SourcegraphExecutorProps): Grant[] {
    const passed = [this.executionRole, ...(props.stepRole === undefined ? [] : [props.stepRole])];
    return [
      ...taskGrants(this, poolName, this.network, passed),
      quotaGrant(this),
      sendGrant(this.queues),
      standByGrant(this, poolName),
    ];
  }

  #closeBefore(poolName: string, props: SourcegraphExecutorProps): void {
    const { clusterArn } = this.network;
    new Gate(this, 'Gate', {
      poolName,
      boundary: props.permissionsBoundary,
      logGroup: this.logGroups.gate,
      environment: deploymentEnvironment('gate', { poolName, clusterArn, tableName: this.store.table.tableName }),
      grants: gateGrants(this, this.network, this.store),
      // While tasks stop, their results are still marked.
      before: [this.dispatcher, this.completion, this.store, this.queues, this.network],
    });
  }

  #watch(poolName: string, props: SourcegraphExecutorProps): void {
    const watched: Watched = {
      poolName,
      queues: this.queues,
      functions: [
        { name: 'Dispatcher', fn: this.dispatcher.function },
        { name: 'Completion', fn: this.completion.function },
      ],
    };
    const dashboard = props.dashboard === false ? undefined : addDashboard(this, watched);
    if (props.alarms !== false) addAlarms(this, watched, props.alarmTopic);
    addOutputs(this, {
      ...watched,
      status: this.status.function,
      dashboardName: dashboard?.dashboardName,
      egressAddress: this.network.egressAddress,
    });
  }
}
