// What is wrong with an installation, said when it is synthesised: each mistake with its fix, at the construct. Errors are
// for what cannot work; a warning can be acknowledged by its id.
import { Token, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { fargateSize } from '#jobs/fargate-sizes.ts';
import { nearest } from '#settings/misspelt.ts';
import { DEFAULTS } from './defaults.ts';
import type { JudgedEnvironment } from './environment.ts';
import { POOL_NAME } from '#settings/pool-names.ts';
import { ENDPOINT_DOLLARS, type ExecutorNetwork, isPrivate } from './network.ts';
import type { SizeRuleProps, SourcegraphExecutorProps } from './props.ts';

/** The queues that Sourcegraph has; others may come, so a strange name is only a warning. */
const QUEUES = ['batches', 'codeintel'];
/** Tasks that have ended keep their address for a while. */
const ROOM = 1.2;

export class Findings {
  readonly #scope: Construct;

  constructor(scope: Construct) {
    this.#scope = scope;
  }

  error(id: string, message: string): void {
    Validations.of(this.#scope).addError(`SourcegraphExecutor:${id}`, message);
  }

  warning(id: string, message: string): void {
    Validations.of(this.#scope).addWarning(`SourcegraphExecutor:${id}`, message);
  }
}

export function validateProps(findings: Findings, poolName: string, props: SourcegraphExecutorProps): void {
  if (!POOL_NAME.test(poolName)) {
    const must = 'a letter, then up to 31 letters, digits and hyphens';
    findings.error('poolName', `poolName "${poolName}" must be ${must}; it stands in every resource's name.`);
  }
  if (/^http:/i.test(props.frontendUrl)) {
    const why = 'whoever is on the way, a step of a job included, reads tokens and code';
    findings.warning('plainHttp', `frontendUrl is http: ${why}. Serve Sourcegraph over https.`);
  }
  validateQueues(findings, props.queues ?? DEFAULTS.queues);
  validateSize(findings, props);
  validateFunctions(findings, props);
  validateTags(findings, props.taskTags ?? {});
}

export function validateEnvironment(findings: Findings, { problems, notices }: JudgedEnvironment): void {
  for (const { name, message } of problems) findings.error(name, propNamed(message));
  for (const { name, message } of notices) findings.warning(name, message);
}

/** Who sets props has never heard of variables. */
function propNamed(message: string): string {
  return message.replace(/^EXECUTOR_FRONTEND_URL\b/, 'frontendUrl').replace(/^EXECUTOR_QUEUE_NAMES?\b/, 'queues');
}

function validateQueues(findings: Findings, queues: readonly string[]): void {
  if (queues.length === 0) findings.error('noQueue', "queues is empty; name at least one, such as ['batches'].");
  for (const queue of queues) {
    if (QUEUES.includes(queue) || Token.isUnresolved(queue)) continue;
    const meant = nearest(queue, QUEUES);
    const hint = meant === undefined ? `Sourcegraph's are ${QUEUES.join(' and ')}` : `did you mean "${meant}"?`;
    findings.warning('queueName', `Sourcegraph has no queue "${queue}" that we know of; ${hint}`);
  }
}

function validateSize(findings: Findings, props: SourcegraphExecutorProps): void {
  const { maximumJobs = DEFAULTS.maximumJobs, sizeRules = [], vcpuQuota } = props;
  const vcpus = validateOneSize(findings, 'Jobs', props, {});
  for (const [index, rule] of sizeRules.entries()) {
    validateRule(findings, `sizeRules[${index}]`, rule, props.queues ?? DEFAULTS.queues);
    validateOneSize(findings, `Jobs of sizeRules[${index}]`, props, rule);
  }
  if (vcpus === undefined || vcpuQuota === undefined || vcpuQuota < vcpus) return;
  if (vcpuQuota < maximumJobs * vcpus) {
    const reached = Math.floor(vcpuQuota / vcpus);
    findings.warning(
      'jobsAboveQuota',
      `vcpuQuota ${vcpuQuota} is full with ${reached} jobs, below maximumJobs ${maximumJobs}.`,
    );
  }
}

function validateRule(findings: Findings, where: string, rule: SizeRuleProps, queues: readonly string[]): void {
  if (rule.queue !== undefined && !queues.includes(rule.queue)) {
    findings.error('sizeRules', `${where}: queue "${rule.queue}" is none of this pool's (${queues.join(', ')}).`);
  }
  if ([rule.cpus, rule.memoryMiB, rule.diskGiB, rule.deadline].every((value) => value === undefined)) {
    findings.error('sizeRules', `${where} changes nothing; give it cpus, memoryMiB, diskGiB or deadline.`);
  }
}

/** The vCPUs that jobs get; undefined when Fargate has no such task. */
function validateOneSize(
  findings: Findings,
  who: string,
  props: SourcegraphExecutorProps,
  rule: SizeRuleProps,
): number | undefined {
  const wanted = {
    cpus: rule.cpus ?? props.cpus ?? DEFAULTS.cpus,
    memoryMiB: rule.memoryMiB ?? props.memoryMiB ?? DEFAULTS.memoryMiB,
    diskGiB: rule.diskGiB ?? props.diskGiB ?? DEFAULTS.diskGiB,
  };
  const found = fargateSize(wanted);
  if (found.kind === 'too-large') {
    findings.error('taskSize', `${who}: ${found.message}. Lower cpus, memoryMiB or diskGiB.`);
    return undefined;
  }
  const vcpus = found.size.cpuUnits / 1024;
  const { memoryMiB } = found.size;
  if (vcpus !== wanted.cpus || memoryMiB !== wanted.memoryMiB) {
    const asked = `${wanted.cpus} vCPU with ${wanted.memoryMiB} MiB`;
    const given = `${vcpus} vCPU with ${memoryMiB} MiB`;
    findings.warning(
      'taskSizeRounded',
      `Fargate has no task with ${asked}; ${who.replace(/^J/, 'j')} get, and cost, ${given}.`,
    );
  }
  if (props.vcpuQuota !== undefined && props.vcpuQuota < vcpus) {
    const fix = 'raise vcpuQuota or lower cpus';
    findings.error('vcpuQuota', `${who}: vcpuQuota ${props.vcpuQuota} is less than one job's ${vcpus} vCPU; ${fix}.`);
  }
  return vcpus;
}

function validateFunctions(findings: Findings, props: SourcegraphExecutorProps): void {
  const { reservedConcurrency, completionConcurrency } = props;
  if (reservedConcurrency !== undefined && reservedConcurrency < 4) {
    const why = 'two work while there are jobs, and two more come and go with each change of hands';
    findings.error('reservedConcurrency', `reservedConcurrency must be 4 at least: ${why}. Leave it out or raise it.`);
  }
  if (completionConcurrency !== undefined && (completionConcurrency < 2 || completionConcurrency > 1000)) {
    findings.error(
      'completionConcurrency',
      `completionConcurrency must be 2 to 1000, as Lambda has it, not ${completionConcurrency}.`,
    );
  }
  for (const host of Object.keys(props.registryCredentials ?? {})) {
    if (!/^[a-z0-9.-]+(:\d+)?$/i.test(host)) {
      findings.error('registryHost', `registryCredentials: "${host}" must be a host, such as docker.io or ghcr.io.`);
    }
  }
}

/** ECS refuses every launch with a tag that it does not take. */
function validateTags(findings: Findings, tags: Readonly<Record<string, string>>): void {
  // The pool's own is added.
  if (Object.keys(tags).length > 49) findings.error('taskTags', 'taskTags: ECS takes 50 tags, of which one is ours.');
  for (const [key, value] of Object.entries(tags)) {
    if (Token.isUnresolved(key) || Token.isUnresolved(value)) continue;
    const fits = /^(?!aws:)[\p{L}\p{N} _.:/=+@-]{1,128}$/iu.test(key) && /^[\p{L}\p{N} _.:/=+@-]{0,256}$/u.test(value);
    if (fits) continue;
    const rule =
      'letters, digits, spaces and _ . : / = + - @, keys up to 128 and not beginning with aws:, values up to 256';
    findings.error('taskTags', `taskTags: "${key}" = "${value}" is no tag for ECS, which takes ${rule}.`);
  }
}

const NAT_DOLLARS = 37;

function validateEgress(findings: Findings, props: SourcegraphExecutorProps): void {
  if (props.staticEgress !== true) return;
  if (props.vpc !== undefined) {
    const fix = "leave staticEgress out and set network: 'private' and functionsInVpc: true";
    findings.error(
      'staticEgress',
      `staticEgress makes a VPC of its own; in yours the NAT gateway has the address: ${fix}.`,
    );
  }
  if (props.network === 'public') {
    const fix = 'leave network out';
    findings.error(
      'staticEgress',
      `staticEgress and network: 'public' exclude each other, as tasks would leave by their own addresses; ${fix}.`,
    );
  }
  if (props.endpoints === true) {
    findings.error(
      'staticEgress',
      'staticEgress and endpoints exclude each other: with endpoints alone nothing leaves the VPC.',
    );
  }
  findings.warning(
    'natCost',
    `A NAT gateway with a fixed address costs about $${NAT_DOLLARS} a month, idle or not, and $0.045 a GB (us-east-1).`,
  );
}

export function validateNetwork(findings: Findings, network: ExecutorNetwork, props: SourcegraphExecutorProps): void {
  const closed = isPrivate(props);
  if (props.functionsInVpc === true && !closed) {
    const why =
      'a function in a public subnet has no internet, so the dispatcher would reach neither ECS nor Sourcegraph';
    findings.error('functionsInVpc', `functionsInVpc needs network: 'private': ${why}.`);
  }
  validateEgress(findings, props);
  if (props.endpoints === true && !closed) {
    findings.error(
      'endpoints',
      "endpoints are for network: 'private'; public tasks would pay for them and not need them.",
    );
  }
  if (network.subnets.length === 0) {
    findings.error(
      'noSubnets',
      'The VPC has no such subnets; name them with `subnets`, or choose the other `network`.',
    );
  } else if (network.zones() === 1) {
    const why = "Fargate's capacity is managed by zone, and one may be full";
    findings.warning('oneZone', `All subnets are in one zone: ${why}. Give subnets in two or more.`);
  }
  const jobs = props.maximumJobs ?? DEFAULTS.maximumJobs;
  const room = network.roomForTasks();
  if (room !== undefined && room < jobs * ROOM) {
    const fix = 'use larger subnets, more of them, or lower maximumJobs';
    findings.warning(
      'subnetRoom',
      `The subnets have ${room} addresses for ${jobs} jobs, each of which takes one; ${fix}.`,
    );
  }
  if (network.endpointCount > 0) {
    const month = Math.round(network.endpointCount * ENDPOINT_DOLLARS);
    findings.warning(
      'endpointCost',
      `${network.endpointCount} interface endpoints (service x zone) cost about $${month} a month, idle or not (us-east-1).`,
    );
  }
  if (closed && props.vpc !== undefined && props.endpoints !== true && network.vpc.isolatedSubnets.length > 0) {
    const isolated = network.subnets.some((subnet) => network.vpc.isolatedSubnets.includes(subnet));
    if (isolated) {
      const fix = 'set endpoints: true unless the VPC has endpoints for ECR, S3 and logs already';
      findings.warning('isolated', `Tasks run in subnets without a way out and could not pull their images; ${fix}.`);
    }
  }
  if (
    closed &&
    props.endpoints === true &&
    (props.officialImages ?? DEFAULTS.officialImages) !== 'pull-through-cache'
  ) {
    const fix = "set officialImages: 'pull-through-cache', unless the VPC has a NAT gateway";
    findings.warning(
      'imagesWithoutInternet',
      `Through endpoints alone tasks can pull from this account's ECR only; ${fix}.`,
    );
  }
}
