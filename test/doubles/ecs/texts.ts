// What ECS says, word for word where the words are known (ECS Developer Guide and public error reports). They stand here
// as test data and are never taken from the classifier that reads them, which would then only be tested against itself.

export interface EcsError {
  readonly status: 400 | 429 | 500 | 503;
  readonly type: string;
  readonly message: string;
  readonly resourceIds?: readonly string[];
}

const refusal = (type: string, message: string): EcsError => ({ status: 400, type, message });
const invalid = (message: string): EcsError => refusal('InvalidParameterException', message);
const client = (message: string): EcsError => refusal('ClientException', message);

export const ERRORS = {
  throttled: refusal('ThrottlingException', 'Rate exceeded'),
  server: {
    status: 500,
    type: 'ServerException',
    message: 'Service Unavailable. Please try again later.',
  },
  accessDenied: refusal(
    'AccessDeniedException',
    'User: arn:aws:sts::123456789012:assumed-role/dispatcher/x is not authorized to perform: ecs:RunTask',
  ),
  blocked: refusal('BlockedException', 'Your AWS account was blocked.'),
  clusterNotFound: refusal('ClusterNotFoundException', 'Cluster not found.'),
  definitionNotFound: client('TaskDefinition not found.'),
  definitionInactive: invalid('TaskDefinition is inactive'),
  cannotDescribeDefinition: client('Unable to describe task definition.'),
  taskNotFound: invalid('The referenced task was not found.'),
  networkRequired: invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified."),
  overridesTooLong: invalid('Container Overrides length must be at most 8192'),
  launchTypeAndStrategy: invalid(
    'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
  ),
  ec2Throttle: invalid(
    'Error retrieving security group information for [sg-0a]: Request limit exceeded. (ErrorCode: RequestLimitExceeded)',
  ),
  concurrentRegistration: client('Too many concurrent attempts to create a new revision of the specified family.'),
  noFargateConfiguration: client('No Fargate configuration exists for given values.'),
  invalid,
  client,
  conflict: (resourceIds: readonly string[]): EcsError => ({
    ...refusal('ConflictException', 'The client token was used before with other parameters.'),
    resourceIds,
  }),
} as const;

/** Reasons in `failures` of a successful RunTask. The quota's apostrophe is seen in both forms. */
export const FAILURES = {
  capacity: 'Capacity is unavailable at this time. Please try again later or in a different availability zone',
  vcpuQuota: "You've reached the limit on the number of vCPUs you can run concurrently",
  vcpuQuotaTypographic:
    'You’ve reached the limit on the number of vCPUs you can run concurrently. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
  taskQuota: "You've reached the limit on the number of tasks you can run concurrently",
  cpuAboveLimit: 'The requested CPU configuration is above your limit',
  missing: 'MISSING',
} as const;
