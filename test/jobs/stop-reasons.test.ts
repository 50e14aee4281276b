// The texts stand here as AWS wrote them (its Developer Guide, the agent, issue threads), with the variants that are known
// to occur; they are no copy of the table that is tested.
import { describe, expect, test } from '@jest/globals';
import { classifyReason, classifyStop, REASONS, type StopClass, UNKNOWN_STOP } from '#jobs/stop-reasons.ts';

const TEXTS: readonly (readonly [expected: StopClass, text: string])[] = [
  // Answers of RunTask
  ['capacity', 'Capacity is unavailable at this time. Please try again later or in a different availability zone'],
  ['capacity', "You've reached the limit on the number of vCPUs you can run concurrently"],
  [
    'capacity',
    'You’ve reached the limit on the number of vCPUs you can run concurrently. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
  ],
  ['capacity', "You've reached the limit on the number of tasks you can run concurrently"],
  ['configuration', 'The requested CPU configuration is above your limit'],
  ['configuration', 'The requested MEMORY configuration is above your limit'],
  ['capacity', 'RESOURCE:ENI'],
  ['capacity', 'RESOURCE:CPU'],
  ['capacity', 'RESOURCE:MEMORY'],
  ['capacity', 'RESOURCE:PORTS'],
  ['capacity', 'RESOURCE:GPU'],
  ['capacity', 'ATTRIBUTE'],
  ['capacity', 'LOCATION'],
  [
    'configuration',
    "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
  ],
  ['configuration', 'Tasks using the Fargate launch type do not support ipcMode.'],
  ['configuration', 'Fargate compatible task definitions do not support sourcePath'],
  ['capacity', 'AGENT'],
  ['capacity', 'Rate exceeded'],
  [
    'capacity',
    'Error retrieving security group information for [sg-0123]: Request limit exceeded. (ErrorCode: RequestLimitExceeded)',
  ],
  ['configuration', 'No Container Instances were found in your cluster.'],
  ['configuration', "Network Configuration must be provided when networkMode 'awsvpc' is specified."],
  ['configuration', 'Security group sg-1 does not appear to belong to the same VPC as the input subnets.'],
  ['configuration', 'Cluster not found.'],
  ['configuration', 'No Fargate configuration exists for given values.'],
  ['configuration', 'Your AWS account was blocked. For more information, contact AWS Support.'],
  ['configuration', 'Account is blocked'],
  ['configuration', 'User: arn:aws:sts::1:assumed-role/x is not authorized to perform: ecs:RunTask'],
  // Tasks that did not start
  ['infrastructure', 'Timeout waiting for network interface provisioning to complete.'],
  ['infrastructure', 'Timeout waiting for EphemeralStorage provisioning to complete.'],
  [
    'capacity',
    'Unexpected EC2 error while attempting to Create Network Interface with public IP assignment enabled in subnet subnet-0a: InsufficientFreeAddressesInSubnet',
  ],
  ['configuration', 'Unexpected EC2 error while attempting to tag the network interface: TagPolicyViolation'],
  [
    'infrastructure',
    'Unexpected EC2 error while attempting to Create Network Interface in subnet subnet-0a: AuthFailure',
  ],
  [
    'infrastructure',
    'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: dial tcp 3.3.3.3:443: i/o timeout',
  ],
  ['infrastructure', 'ResourceInitializationError: unable to pull secrets or registry auth: context deadline exceeded'],
  ['infrastructure', 'ResourceInitializationError: failed to validate logger args: signal: killed'],
  [
    'infrastructure',
    'ResourceInitializationError: failed to download env files: file download command: non empty error stream',
  ],
  ['infrastructure', 'ResourceInitializationError: failed to configure ENI: failed to setup regular eni'],
  [
    'configuration',
    'ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: not authorized',
  ],
  [
    'configuration',
    "ResourceNotFoundException: The task can't retrieve the secret with ARN 'arn:aws:secretsmanager:eu-west-1:1:secret:x' from AWS Secrets Manager.",
  ],
  ['configuration', 'ResourceNotFoundException: The task can’t retrieve the secret with ARN arn:aws:secretsmanager:x'],
  // Images
  [
    'configuration',
    'CannotPullContainerError: The task can’t pull the image. Check that the role has the permissions to pull images from the registry.',
  ],
  ['user', 'CannotPullContainerError: The task can’t pull the image. Check whether the image exists.'],
  [
    'user',
    'CannotPullContainerError: pull access denied for nosuch/image, repository does not exist or may require docker login',
  ],
  [
    'user',
    'CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/library/nosuch:1: docker.io/library/nosuch:1: not found',
  ],
  // As the docker engine of one machine puts it before Docker's own words
  [
    'user',
    'CannotPullContainerError: failed to pull image registry.example.com/team/tool:1 with a login: Error response from daemon: unauthorized: authentication required',
  ],
  [
    'user',
    'CannotPullContainerError: failed to pull image registry.example.com/team/tool:1 with a login: Error response from daemon: denied: requested access to the resource is denied',
  ],
  [
    'user',
    'CannotPullContainerError: failed to pull image registry.example.com/team/tool:1 without a login: Error response from daemon: pull access denied for registry.example.com/team/tool, no basic auth credentials',
  ],
  [
    'user',
    'CannotPullContainerError: pull image manifest has been retried 5 time(s): image Manifest does not contain descriptor matching platform linux/arm64',
  ],
  [
    'infrastructure',
    'CannotPullContainerError: The task cannot pull alpine:3 from the registry registry-1.docker.io. There is a connection issue between the task and the registry.',
  ],
  [
    'infrastructure',
    'CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: dial tcp: i/o timeout',
  ],
  [
    'infrastructure',
    'CannotPullContainerError: Error response from daemon: Get "https://registry-1.docker.io/v2/": EOF',
  ],
  ['infrastructure', 'CannotPullContainerError: net/http: request canceled while waiting for connection'],
  ['infrastructure', 'CannotPullContainerError: context canceled'],
  ['infrastructure', 'CannotPullContainerError: ref pull has been retried 1 time(s): failed to unpack image'],
  [
    'capacity',
    'CannotPullContainerError: inspect image has been retried 5 time(s): httpReadSeeker: 429 Too Many Requests - toomanyrequests: You have reached your pull rate limit.',
  ],
  [
    'user',
    'CannotPullContainerError: ref pull has been retried 1 time(s): failed to extract layer: write /x: no space left on device',
  ],
  // Containers
  ['user', 'OutOfMemoryError: Container killed due to memory usage'],
  ['user', 'OutOfMemoryError: container killed due to memory usage'],
  ['user', 'CannotStartContainerError: failed to start shim: exec: "/bin/sh": stat /bin/sh: no such file or directory'],
  ['user', 'CannotCreateContainerError: unable to find user nosuch: no matching entries in passwd file'],
  ['user', 'exec /bin/sh: exec format error'],
  ['infrastructure', 'CannotStartContainerError: context deadline exceeded'],
  ['infrastructure', 'DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s'],
  ['infrastructure', 'ContainerRuntimeTimeoutError: Could not transition to running'],
  ['infrastructure', 'InternalError: something'],
  ['infrastructure', 'ContainerRuntimeError: failed to create container'],
  ['infrastructure', 'CannotStopContainerError: context deadline exceeded'],
  ['infrastructure', 'CannotCreateContainerError: API error (500): devmapper'],
  ['infrastructure', 'CannotInspectContainerError: inspect failed'],
  // Machines
  ['infrastructure', 'ECS is performing maintenance on the underlying infrastructure hosting the task'],
  ['spot', 'Your Spot Task was interrupted.'],
];

describe('a text of AWS is classified', () => {
  test.each(TEXTS)('%s: %s', (expected, text) => {
    expect(classifyReason(text)?.class).toBe(expected);
  });

  test('sentences are whole sentences and hold no AWS text', () => {
    for (const [, text] of TEXTS) expect(classifyReason(text)?.sentence).toMatch(/^[a-zA-Z].*\.$/);
  });

  const REFUSED = 'pull access denied for registry.example.com/team/tool, repository does not exist';
  const IMAGE = 'registry.example.com/team/tool:1';
  test('an image that may not be pulled: where its login belongs on Fargate', () => {
    const text = `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${IMAGE}: ${REFUSED}`;
    expect(classifyReason(text)?.sentence).toMatch(
      /^the image registry\.example\.com\/team\/tool:1 is private .*`registryCredentials`.*DOCKER_AUTH_CONFIG.* not used\.$/,
    );
  });

  test.each([
    ['without a login', REFUSED, /DOCKER_AUTH_CONFIG/],
    ['without a login', 'denied: requested access to the resource is denied', /DOCKER_AUTH_CONFIG/],
    ['with a login', 'unauthorized: incorrect username or password', /correct the secret DOCKER_AUTH_CONFIG/],
    ['with a login', 'denied: requested access to the resource is denied', /whether this executor may pull it\.$/],
  ])('an image that may not be pulled on one machine, %s, %s: no word of Fargate', (login, words, expected) => {
    const text = `CannotPullContainerError: failed to pull image ${IMAGE} ${login}: Error response from daemon: ${words}`;
    expect(classifyReason(text)?.sentence).toMatch(expected);
    expect(classifyReason(text)?.sentence).not.toMatch(/Fargate|registryCredentials/);
  });

  test.each([
    'Essential container in task exited',
    'Task stopped by user',
    'the kernel and this file system do not support it',
    '',
  ])('says nothing: %j', (text) => {
    expect(classifyReason(text)).toBeUndefined();
  });
});

describe('a stopped task is classified', () => {
  const rows: readonly (readonly [
    title: string,
    code: string | undefined,
    reason: string,
    containers: readonly string[],
    expected: StopClass,
  ])[] = [
    ['Spot', 'SpotInterruption', 'Your Spot Task was interrupted.', [], 'spot'],
    ['Spot in older words', 'TerminationNotice', 'Your Spot Task was interrupted.', [], 'spot'],
    [
      'a step out of memory, and then Spot',
      'SpotInterruption',
      'Your Spot Task was interrupted.',
      ['OutOfMemoryError: Container killed due to memory usage'],
      'user',
    ],
    ['no code, Spot text', undefined, 'Your Spot Task was interrupted.', [], 'spot'],
    ['health', 'InfrastructureHealth', 'whatever', [], 'infrastructure'],
    [
      'by ECS itself, whatever its words',
      'ServiceSchedulerInitiated',
      'Capacity is unavailable at this time.',
      [],
      'infrastructure',
    ],
    [
      'the reason is a container’s',
      'TaskFailedToStart',
      'Task failed to start',
      ['CannotPullContainerError: pull access denied for x'],
      'user',
    ],
    [
      'a step out of memory',
      'EssentialContainerExited',
      'Essential container in task exited',
      ['OutOfMemoryError: Container killed due to memory usage'],
      'user',
    ],
    [
      'user before infrastructure',
      'TaskFailedToStart',
      'InternalError: x',
      ['DockerTimeoutError: y', 'OutOfMemoryError: z'],
      'user',
    ],
    [
      'a step out of memory, and then Spot: a relaunch would meet the same end',
      'SpotInterruption',
      'Your Spot Task was interrupted.',
      ['OutOfMemoryError: Container killed due to memory usage'],
      'user',
    ],
    [
      'an image that another machine may pull, and then Spot',
      'SpotInterruption',
      'Your Spot Task was interrupted.',
      ['CannotPullContainerError: i/o timeout'],
      'spot',
    ],
    ['words that nobody knows', 'TaskFailedToStart', 'a new failure of 2027', [], 'infrastructure'],
    ['no words at all', undefined, '', [], 'infrastructure'],
  ];
  test.each(rows)('%s', (_title, code, reason, containers, expected) => {
    expect(classifyStop(code, reason, containers).class).toBe(expected);
  });

  test('a stop by ECS itself is told as such', () => {
    expect(classifyStop('ServiceSchedulerInitiated', 'Scaling activity initiated by deployment x', [])).toMatchObject({
      failure: 'infrastructure',
      sentence: 'ECS stopped the task.',
    });
  });

  test('what no row knows is told as such', () => {
    expect(classifyStop('EssentialContainerExited', 'Essential container in task exited', [])).toBe(UNKNOWN_STOP);
  });
});

test('each row of the table decides over a text of AWS or of the docker engine', () => {
  const deciding = TEXTS.map(([, text]) => REASONS.find(({ pattern }) => pattern.test(text)));
  expect(REASONS.filter((row) => !deciding.includes(row)).map(({ pattern }) => pattern.source)).toEqual([]);
});
