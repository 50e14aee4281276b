// The one table that says whose fault a lost task, container or launch was, and what to tell the user. A row is a
// pattern over AWS's text, a class and a sentence. Texts may change (only stop codes are stable), so rows match parts
// of them, loosely in quotes and case; what no row knows is infrastructure, which is launched again a bounded number
// of times. Sources: ECS Developer Guide, "Stopped tasks error messages" and "API failure reasons", and the agent.
import type { FailureKind } from './record.ts';

/**
 * `user`: the job is at fault and ends at once. `configuration`: this installation is; the job ends, operators are told.
 * `capacity`: wait and launch again. `infrastructure`: launch again, bounded. `spot`: the same, towards on-demand.
 */
export type StopClass = 'user' | 'configuration' | 'capacity' | 'infrastructure' | 'spot';

export interface StopReason {
  readonly class: StopClass;
  readonly failure: FailureKind;
  /** One sentence: what happened and, where somebody can do something, what. */
  readonly sentence: string;
}

export interface Row extends StopReason {
  readonly pattern: RegExp;
}

const row = (pattern: RegExp, cls: StopClass, failure: FailureKind, sentence: string): Row => ({
  pattern,
  class: cls,
  failure,
  sentence,
});

/** What to do about too little memory. */
export const MORE_MEMORY = 'give the job more memory (EXECUTOR_JOB_MEMORY or a size rule), or make the step use less';
const CHECK_IMAGE = 'check its name and tag, and whether this executor may pull it';
const FARGATE_LOGINS =
  "on Fargate its login belongs into the stack's `registryCredentials`, and the secret DOCKER_AUTH_CONFIG in Sourcegraph is not used";
const LOGIN_PLACES = 'the secret DOCKER_AUTH_CONFIG in Sourcegraph, or EXECUTOR_DOCKER_AUTH_CONFIG of the executor';

/** Order matters: the first row that matches decides, so special cases of a text stand above the general one. */
export const REASONS: readonly Row[] = [
  // ---- access and secrets: somebody must change the installation ----
  row(
    /ResourceNotFoundException.*secret|can['’]t retrieve the secret/is,
    'configuration',
    'configuration',
    'a registry secret that the task definition names does not exist: correct the registry credentials of this executor.',
  ),
  row(
    /toomanyrequests|pull rate limit/i,
    'capacity',
    'capacity',
    'the registry limits how often images may be pulled: give the executor registry credentials, or pull Docker Hub images through ECR.',
  ),
  row(
    /AccessDenied|is not authorized to perform|Check that the role has the permissions/i,
    'configuration',
    'configuration',
    "the executor's role lacks a permission that starting this task needs: see the full message in the executor's log.",
  ),
  row(
    /TagPolicyViolation/i,
    'configuration',
    'configuration',
    "the account's tag policy refuses the network interface of the task: allow the executor's tags.",
  ),
  // ---- images ----
  row(
    /no space left on device/i,
    'user',
    'image',
    "the images and files of this job do not fit on the task's disk: give it more (EXECUTOR_FIRECRACKER_DISK_SPACE or a size rule).",
  ),
  row(
    /does not contain descriptor matching platform|no match(ing)? (manifest )?for platform|no matching manifest for |does not match the specified platform|image .*architecture.* does not match/is,
    'user',
    'image',
    "an image of this job does not exist for the executor's processor architecture: use an image that is built for it.",
  ),
  // The docker engine says whether it sent a login.
  row(
    /Cannot ?PullContainer.* with a login: .*(unauthorized|authentication required|incorrect username or password)/is,
    'user',
    'image',
    `an image of this job cannot be pulled because its registry refuses the login: correct ${LOGIN_PLACES}.`,
  ),
  row(
    /Cannot ?PullContainer.* without a login: .*(pull access denied|access (forbidden|denied)|denied: |unauthorized|authorization failed|no basic auth)/is,
    'user',
    'image',
    `an image of this job is private or does not exist: check its name and tag, and give the login for its registry (${LOGIN_PLACES}).`,
  ),
  row(
    /Cannot ?PullContainer.*(There is a connection issue|i\/o timeout|\bEOF\b|request canceled|context canceled|context deadline exceeded|connection (refused|reset)|no such host|TLS handshake timeout|\b50[0234]\b)/is,
    'infrastructure',
    'infrastructure',
    'an image could not be pulled because the registry did not answer.',
  ),
  row(
    /Cannot ?PullContainer.* with a login: .*(pull access denied|access (forbidden|denied)|authorization failed|denied: )/is,
    'user',
    'image',
    `an image of this job is private or does not exist: ${CHECK_IMAGE}.`,
  ),
  row(
    /Cannot ?PullContainer.*(pull access denied|access (forbidden|denied)|unauthorized|authorization failed|no basic auth|denied: )/is,
    'user',
    'image',
    `an image of this job is private or does not exist: ${CHECK_IMAGE}; ${FARGATE_LOGINS}.`,
  ),
  row(
    /Cannot ?PullContainer.*(not found|manifest unknown|Check whether the image exists|failed to resolve ref|does not exist|invalid reference format)/is,
    'user',
    'image',
    `an image of this job does not exist: ${CHECK_IMAGE}.`,
  ),
  row(/Cannot ?PullContainer/i, 'infrastructure', 'infrastructure', 'an image could not be pulled.'),
  // ---- containers ----
  row(/OutOfMemory/i, 'user', 'out-of-memory', `a step needed more memory than the task has: ${MORE_MEMORY}.`),
  row(
    /exec format error/i,
    'user',
    'image',
    "an image of this job is built for another processor architecture than the executor's: use one that is built for it.",
  ),
  row(
    /Cannot ?(Start|Create)Container.*(\/bin\/sh|executable file not found|no such file or directory|not a directory|permission denied|unable to find user|no matching entries in passwd|invalid user)/is,
    'user',
    'image',
    'an image of this job cannot run steps: it needs a working /bin/sh and a valid user.',
  ),
  row(
    /Cannot ?(Start|Create|Stop|Inspect)Container|ContainerRuntime(Timeout)?Error|DockerTimeoutError|Could not transition to|InternalError/i,
    'infrastructure',
    'infrastructure',
    'the container runtime of the task failed.',
  ),
  // ---- the machine and its network ----
  row(
    /InsufficientFreeAddressesInSubnet/i,
    'capacity',
    'capacity',
    "the executor's subnets have no free addresses: add subnets or lower the limit on jobs.",
  ),
  row(
    /Timeout waiting for network interface provisioning|Unexpected EC2 error|failed to configure ENI/i,
    'infrastructure',
    'infrastructure',
    'the network interface of the task could not be made.',
  ),
  row(
    /Timeout waiting for EphemeralStorage provisioning/i,
    'infrastructure',
    'infrastructure',
    'the disk of the task could not be made.',
  ),
  row(
    /ResourceInitializationError|unable to pull secrets or registry auth|failed to validate logger args|failed to download env files/i,
    'infrastructure',
    'infrastructure',
    'the task could not be set up.',
  ),
  row(
    /maintenance on the underlying infrastructure|platform (version|revision).*retire/is,
    'infrastructure',
    'infrastructure',
    'AWS stopped the task for maintenance.',
  ),
  row(/Spot Task was interrupted|Spot interruption/i, 'spot', 'infrastructure', 'Spot took the task back.'),
  // ---- capacity ----
  row(
    /reached the limit on the number of vCPUs/i,
    'capacity',
    'capacity',
    "the account's Fargate vCPU quota is used up: ask AWS for more, or lower the limit on jobs.",
  ),
  row(
    /reached the limit on the number of tasks/i,
    'capacity',
    'capacity',
    "the account's quota of Fargate tasks is used up: ask AWS for more, or lower the limit on jobs.",
  ),
  row(
    /requested (CPU|MEMORY) configuration is above your limit/i,
    'configuration',
    'configuration',
    'the account may not run tasks of this size: choose a smaller one, or ask AWS for a higher quota.',
  ),
  row(
    /Capacity is unavailable|^RESOURCE:|^(AGENT|ATTRIBUTE|LOCATION)$/i,
    'capacity',
    'capacity',
    'Fargate has no capacity for this task at this time.',
  ),
  // ---- the API itself ----
  row(
    /RequestLimitExceeded|Request limit exceeded|Rate exceeded|Throttling/i,
    'capacity',
    'capacity',
    'AWS limits how often it may be called.',
  ),
  row(
    /account (was|is) blocked/i,
    'configuration',
    'configuration',
    'the AWS account is blocked: contact AWS support.',
  ),
  row(
    /Cluster not found|No Container Instances|Network Configuration must be provided|does not appear to belong to the same VPC|No Fargate configuration exists|Fargate (launch type|compatible task definitions) do not support/i,
    'configuration',
    'configuration',
    'cluster, network or size of this executor are set up wrongly.',
  ),
];

/** What no row knows. */
export const UNKNOWN_STOP: StopReason = {
  class: 'infrastructure',
  failure: 'infrastructure',
  sentence: 'the task was lost.',
};

/** How ECS and the docker engine name the image in such a text. */
const NAMED_IMAGE =
  /failed to (?:resolve ref(?:erence)?|unpack image on snapshotter|pull image) "?([^\s"]+?)"?(?::\s|:$| with)/i;

/** Reads one text of AWS; undefined when no row knows it. */
export function classifyReason(text: string): StopReason | undefined {
  const found = REASONS.find(({ pattern }) => pattern.test(text));
  return found && { class: found.class, failure: found.failure, sentence: withImage(found.sentence, text) };
}

/** A job may have many images: where the text says which, so does the sentence. */
function withImage(sentence: string, text: string): string {
  const image = NAMED_IMAGE.exec(text)?.[1];
  return image === undefined
    ? sentence
    : sentence.replace(/^an image(?: of this job)?(?= )/, () => `the image ${image}`);
}

/** Stop codes are stable where texts are not; these speak for themselves and need no text. */
const STOP_CODES: Readonly<Record<string, StopReason>> = {
  SpotInterruption: { class: 'spot', failure: 'infrastructure', sentence: 'Spot took the task back.' },
  TerminationNotice: { class: 'spot', failure: 'infrastructure', sentence: 'Spot took the task back.' },
  InfrastructureHealth: {
    class: 'infrastructure',
    failure: 'infrastructure',
    sentence: 'AWS found the machine of the task unhealthy.',
  },
  ServiceSchedulerInitiated: { ...UNKNOWN_STOP, sentence: 'ECS stopped the task.' },
};

/**
 * The reason of a whole task: what AWS says of a container where that is the user's own doing (a Spot task whose step
 * ran out of memory would meet the same end again), else the stop code where that says enough, else the most telling
 * text. "Essential container exited" says nothing.
 */
export function classifyStop(
  stopCode: string | undefined,
  stoppedReason: string,
  containerReasons: readonly string[],
): StopReason {
  const ofContainers = containerReasons.map(classifyReason).filter((reason) => reason !== undefined);
  const usersOwn = ofContainers.find((reason) => reason.class === 'user');
  if (usersOwn !== undefined) return usersOwn;
  const byCode = stopCode === undefined ? undefined : STOP_CODES[stopCode];
  if (byCode !== undefined) return byCode;
  const ofTask = classifyReason(stoppedReason);
  return ofTask?.class === 'user' ? ofTask : (ofContainers[0] ?? ofTask ?? UNKNOWN_STOP);
}
