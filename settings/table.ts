// Every setting of the executor, and every name that Sourcegraph's own executors know: the only source of the parser,
// the stack's environment, `--help` and docs/settings.md. Names of today: Sourcegraph's documentation of executors and
// cmd/executor/internal/config; older ones: the first public draft of 2021.
import {
  boolean,
  cpuQuantity,
  dockerAuthConfig,
  duration,
  jsonObjects,
  jsonStrings,
  list,
  listenAddress,
  oneOf,
  pairs,
  proxyUrl,
  resourceName,
  seconds,
  siteUrl,
  size,
  sizeRules,
  text,
  token,
  whenTrue,
  wholeNumber,
} from './kinds.ts';
import { mounts } from './mounts.ts';
import { BACKENDS, type OptionalRow, type Row, type UnusedName } from './row.ts';

const setting = <T>(row: Row<T>): Row<T> => row;
const optional = <T>(row: OptionalRow<T>): OptionalRow<T> => row;

const DRAFT = "the first draft's name (2021)";
const FIRECRACKER = "the name of Sourcegraph's Firecracker executors";
const ON_KUBERNETES = "the name of Sourcegraph's Kubernetes executors";
const LOWER_CASE = 'the lower-case name';

const dockerOnly = {
  backends: ['docker'],
  elsewhere: 'only the docker backend runs containers on the Docker engine of its own machine',
} as const;
const kubernetesOnly = {
  backends: ['kubernetes'],
  elsewhere: 'only the kubernetes backend makes pods; on Fargate, subnets, capacity and architecture place a task',
} as const;
const onOneMachine = {
  backends: ['docker', 'kubernetes', 'process'],
  elsewhere: 'the dispatcher on AWS is started anew every minute, so there is nothing to recycle or to probe',
} as const;

const notOnFargate = (elsewhere: string) => ({ backends: ['docker', 'kubernetes', 'process'], elsewhere }) as const;
const nowhere = (elsewhere: string) => ({ backends: [], elsewhere }) as const;

// A queue is named in a URL path, where dots alone would mean another path.
const queueName = (name: string): string | null =>
  /^\.{1,2}$/.test(name) ? 'the name of a queue, such as batches' : null;

const CONNECTION = 'Connection to Sourcegraph';
const LIMITS = 'Jobs and their limits';
const MACHINE = 'Where jobs run';
const IMAGES = 'Images and registries';
const NETWORK = 'Proxies and certificates';
const LOGS = 'Logs';
const KUBERNETES = 'Kubernetes backend';

export const SETTINGS = {
  frontendUrl: optional({
    name: 'EXECUTOR_FRONTEND_URL',
    group: CONNECTION,
    kind: siteUrl,
    sentence: 'The Sourcegraph instance: scheme and host, such as https://sourcegraph.example.com.',
  }),
  frontendPassword: optional({
    name: 'EXECUTOR_FRONTEND_PASSWORD',
    group: CONNECTION,
    kind: token,
    secret: true,
    aliases: [{ name: 'EXECUTOR_REGISTRATION_TOKEN', because: DRAFT }],
    sentence: 'The value of `executors.accessToken` in the site configuration.',
  }),
  frontendPasswordFile: optional({
    name: 'EXECUTOR_FRONTEND_PASSWORD_FILE',
    group: CONNECTION,
    kind: text,
    only: {
      backends: ['docker', 'kubernetes', 'process'],
      elsewhere: 'on AWS the token is in a secret, which is read again when the instance no longer takes it',
    },
    sentence:
      'A file with the token, in place of EXECUTOR_FRONTEND_PASSWORD; read again when the instance no longer takes it, so that it can be rotated without a restart.',
  }),
  queueName: optional({
    name: 'EXECUTOR_QUEUE_NAME',
    group: CONNECTION,
    kind: {
      ...text,
      read: (value) => {
        const must =
          queueName(value) ?? (/[,\s]/.test(value) ? 'one name; several go into EXECUTOR_QUEUE_NAMES' : null);
        return must === null ? { ok: true, value } : { ok: false, must };
      },
    },
    sentence: 'The queue to take jobs from: `batches`, `codeintel`, or any other that the instance serves.',
  }),
  queueNames: optional({
    name: 'EXECUTOR_QUEUE_NAMES',
    group: CONNECTION,
    kind: list(',', queueName),
    sentence: 'Several queues, in place of EXECUTOR_QUEUE_NAME; the instance chooses among them.',
  }),
  executorName: optional({
    name: 'EXECUTOR_NAME',
    group: CONNECTION,
    kind: {
      ...text,
      read: (value) =>
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value)
          ? { ok: true, value }
          : { ok: false, must: 'up to 128 letters, digits, dots, hyphens and underscores' },
    },
    sentence: 'How the instance lists this executor; must differ from all others. Made from the host name unless set.',
  }),
  queuePollInterval: setting({
    name: 'EXECUTOR_QUEUE_POLL_INTERVAL',
    group: CONNECTION,
    kind: duration(10, '1s'),
    default: '1s',
    sentence: 'How long to wait before asking again for a job after there was none.',
  }),
  maximumNumJobs: setting({
    name: 'EXECUTOR_MAXIMUM_NUM_JOBS',
    group: LIMITS,
    kind: wholeNumber(1),
    default: '1',
    aliases: [{ name: 'EXECUTOR_MAX_NUM_JOBS', because: DRAFT }],
    sentence: 'How many jobs may be in flight at once.',
  }),
  maximumRuntimePerJob: setting({
    name: 'EXECUTOR_MAXIMUM_RUNTIME_PER_JOB',
    group: LIMITS,
    kind: duration(1000, '30m'),
    default: '30m',
    aliases: [{ name: 'KUBERNETES_JOB_DEADLINE', kind: seconds, because: ON_KUBERNETES }],
    sentence: 'After so long, from clone to last step, a job is ended and marked as errored.',
  }),
  numTotalJobs: setting({
    name: 'EXECUTOR_NUM_TOTAL_JOBS',
    group: LIMITS,
    kind: wholeNumber(0),
    default: '0',
    only: onOneMachine,
    sentence: 'The program ends after so many jobs; 0: never.',
  }),
  maxActiveTime: setting({
    name: 'EXECUTOR_MAX_ACTIVE_TIME',
    group: LIMITS,
    kind: duration(0, '2h'),
    default: '0s',
    only: onOneMachine,
    sentence: 'The program takes no more jobs after so long, and ends when the last one has; 0: never.',
  }),
  shutdownGracePeriod: setting({
    name: 'EXECUTOR_SHUTDOWN_GRACE_PERIOD',
    group: LIMITS,
    kind: duration(0, '10m'),
    default: '30m',
    only: onOneMachine,
    sentence: 'How long running jobs may go on after the first SIGTERM or Ctrl-C.',
  }),
  jobNumCpus: setting({
    name: 'EXECUTOR_JOB_NUM_CPUS',
    group: LIMITS,
    kind: wholeNumber(1),
    default: '4',
    aliases: [
      { name: 'EXECUTOR_FIRECRACKER_NUM_CPUS', because: FIRECRACKER },
      { name: 'EXECUTOR_KUBERNETES_RESOURCE_LIMIT_CPU', kind: cpuQuantity, because: ON_KUBERNETES },
      { name: 'EXECUTOR_KUBERNETES_RESOURCE_REQUEST_CPU', kind: cpuQuantity, because: ON_KUBERNETES },
    ],
    sentence: 'CPUs of one job; on Fargate rounded up to the next size that there is.',
  }),
  jobMemory: setting({
    name: 'EXECUTOR_JOB_MEMORY',
    group: LIMITS,
    kind: size('128M', '12G'),
    default: '12G',
    aliases: [
      { name: 'EXECUTOR_FIRECRACKER_MEMORY', because: FIRECRACKER },
      { name: 'EXECUTOR_KUBERNETES_RESOURCE_LIMIT_MEMORY', because: ON_KUBERNETES },
      { name: 'EXECUTOR_KUBERNETES_RESOURCE_REQUEST_MEMORY', because: ON_KUBERNETES },
    ],
    sentence: 'Memory of one job; on Fargate rounded up to the next size that there is.',
  }),
  jobDiskSpace: setting({
    name: 'EXECUTOR_FIRECRACKER_DISK_SPACE',
    group: LIMITS,
    kind: size('1G', '20G'),
    default: '20G',
    aliases: [{ name: 'KUBERNETES_JOB_VOLUME_SIZE', because: ON_KUBERNETES }],
    sentence: 'Disk of one job; on Fargate 21 to 200 GiB, with room for the images added.',
  }),
  sizeRules: optional({
    name: 'EXECUTOR_SIZE_RULES',
    group: LIMITS,
    kind: sizeRules,
    sentence:
      'CPUs, memory, disk and run time limit by queue and repository, as JSON; the first rule that matches a job decides, and what it leaves out is as for all jobs.',
  }),
  keepWorkspaces: setting({
    name: 'EXECUTOR_KEEP_WORKSPACES',
    group: LIMITS,
    kind: oneOf(['never', 'failed', 'always'], {
      ...Object.fromEntries(['0', 'f', 'F', 'FALSE', 'false', 'False'].map((no) => [no, 'never'] as const)),
      ...Object.fromEntries(['1', 't', 'T', 'TRUE', 'true', 'True'].map((yes) => [yes, 'always'] as const)),
    }),
    default: 'never',
    aliases: [{ name: 'KUBERNETES_KEEP_JOBS', kind: whenTrue('always' as const), because: ON_KUBERNETES }],
    only: notOnFargate(
      'the disk of a task is gone when the task has ended; run the job on one machine to look into it',
    ),
    sentence: 'Which workspaces are kept after their job, to look into; true means always.',
  }),
  cleanupTaskInterval: setting({
    name: 'EXECUTOR_CLEANUP_TASK_INTERVAL',
    group: LIMITS,
    kind: duration(1000, '1m'),
    default: '1m',
    only: notOnFargate('the dispatcher compares tasks with records every half minute'),
    sentence: 'How often left-over tasks, records and workspaces are looked for.',
  }),
  relaunch: setting({
    name: 'EXECUTOR_RELAUNCH',
    group: LIMITS,
    kind: oneOf(['always', 'before-first-step']),
    default: 'always',
    sentence:
      'Whether a job whose task was lost (Spot, host failure) is launched again even when a step had begun, whose side effects then happen twice.',
  }),
  addSafe: setting({
    name: 'EXECUTOR_ADD_SAFE',
    group: LIMITS,
    kind: boolean,
    default: 'true',
    only: nowhere('the git of the step-runner looks at no settings of a repository, so there is nothing to make safe'),
    sentence: 'Whether the repository is marked as safe for git in batch steps.',
  }),
  backend: optional({
    name: 'EXECUTOR_BACKEND',
    group: MACHINE,
    kind: oneOf(BACKENDS),
    aliases: [{ name: 'EXECUTOR_USE_KUBERNETES', kind: whenTrue('kubernetes' as const), because: ON_KUBERNETES }],
    sentence:
      'What runs the tasks: docker where an engine answers, else process (no isolation of steps), unless set. The stack sets fargate.',
  }),
  stateDirectory: optional({
    name: 'EXECUTOR_STATE_DIRECTORY',
    group: MACHINE,
    kind: text,
    only: onOneMachine,
    sentence: 'Where workspaces and caches are kept; a folder in the temporary directory unless set.',
  }),
  startupScriptPath: optional({
    name: 'EXECUTOR_VM_STARTUP_SCRIPT_PATH',
    group: MACHINE,
    kind: text,
    sentence: 'A script that the step-runner runs in the workspace before the first step.',
  }),
  namePrefix: setting({
    name: 'EXECUTOR_VM_PREFIX',
    group: MACHINE,
    kind: resourceName,
    default: 'executor',
    only: notOnFargate('on Fargate all names begin with the name of the pool'),
    sentence: 'How the names of containers and tasks begin.',
  }),
  healthServerAddress: optional({
    name: 'EXECUTOR_HEALTH_SERVER_ADDR',
    group: MACHINE,
    kind: listenAddress,
    only: onOneMachine,
    sentence: 'Where the program answers health checks; nowhere unless set.',
  }),
  dockerNetwork: optional({
    name: 'EXECUTOR_DOCKER_NETWORK',
    group: MACHINE,
    kind: text,
    only: dockerOnly,
    sentence:
      "The Docker network that tasks are on, by name, or `host` for the machine's own; one that the executor makes unless set.",
  }),
  dockerAddHostGateway: setting({
    name: 'EXECUTOR_DOCKER_ADD_HOST_GATEWAY',
    group: MACHINE,
    kind: boolean,
    default: 'false',
    only: dockerOnly,
    sentence: 'Whether steps can reach the host as `host.docker.internal`.',
  }),
  dockerAdditionalMounts: optional({
    name: 'EXECUTOR_DOCKER_ADDITIONAL_MOUNTS',
    group: MACHINE,
    kind: mounts,
    only: dockerOnly,
    sentence: 'More mounts for step containers, as `docker run --mount` takes them, separated by semicolons.',
  }),
  registryMirrorUrls: optional({
    name: 'EXECUTOR_DOCKER_REGISTRY_MIRROR_URL',
    group: IMAGES,
    kind: list(','),
    sentence:
      'Mirrors of Docker Hub, asked in this order; the docker backend asks Docker Hub itself last, the fargate backend uses the first one alone.',
  }),
  dockerAuthConfig: optional({
    name: 'EXECUTOR_DOCKER_AUTH_CONFIG',
    group: IMAGES,
    kind: dockerAuthConfig,
    secret: true,
    sentence:
      "Credentials of registries, as JSON like ~/.docker/config.json, which the docker backend reads when this is not set; a job's own replace them as a whole.",
  }),
  batchesHelperImage: optional({
    name: 'EXECUTOR_BATCHESHELPER_IMAGE',
    group: IMAGES,
    kind: text,
    aliases: [{ name: 'KUBERNETES_SINGLE_JOB_STEP_IMAGE', because: ON_KUBERNETES }],
    only: nowhere('the step-runner carries out the helper itself, whichever image a job names'),
    sentence: 'Helper image for the few batch steps that are not run natively, in place of the one that the job names.',
  }),
  httpProxy: optional({
    name: 'HTTP_PROXY',
    group: NETWORK,
    kind: proxyUrl,
    secret: true,
    aliases: [{ name: 'http_proxy', because: LOWER_CASE, equal: true }],
    sentence: 'Proxy for http:// addresses.',
  }),
  httpsProxy: optional({
    name: 'HTTPS_PROXY',
    group: NETWORK,
    kind: proxyUrl,
    secret: true,
    aliases: [{ name: 'https_proxy', because: LOWER_CASE, equal: true }],
    sentence: 'Proxy for https:// addresses.',
  }),
  noProxy: optional({
    name: 'NO_PROXY',
    group: NETWORK,
    kind: list(','),
    aliases: [{ name: 'no_proxy', because: LOWER_CASE, equal: true }],
    sentence: 'Hosts that are reached directly; loopback and the metadata address of tasks always are.',
  }),
  srcProxy: optional({
    name: 'SRC_PROXY',
    group: NETWORK,
    kind: text,
    secret: true,
    only: nowhere(
      'no step here runs src for the executor; a step that runs it itself can be given SRC_PROXY in its env',
    ),
    sentence: "Proxy for `src` in a job's own steps; handed on as it is.",
  }),
  proxyIntoSteps: setting({
    name: 'EXECUTOR_PROXY_INTO_STEPS',
    group: NETWORK,
    kind: boolean,
    default: 'false',
    sentence: 'Whether steps see the proxy settings, with any password in them.',
  }),
  tlsCaBundle: optional({
    name: 'EXECUTOR_TLS_CA_BUNDLE',
    group: NETWORK,
    kind: text,
    aliases: [{ name: 'KUBERNETES_GIT_CA_CERT', because: ON_KUBERNETES }],
    sentence: 'Certificates (PEM) to trust beside the usual ones: a path, or the text itself.',
  }),
  tlsInsecureSkipVerify: setting({
    name: 'EXECUTOR_TLS_INSECURE_SKIP_VERIFY',
    group: NETWORK,
    kind: boolean,
    default: 'false',
    sentence:
      'Accepts any certificate: whoever sits on the network can then read the tokens. EXECUTOR_TLS_CA_BUNDLE is the better answer.',
  }),
  logLevel: setting({
    name: 'SRC_LOG_LEVEL',
    group: LOGS,
    kind: oneOf(['debug', 'info', 'warn', 'error', 'none'], {
      dbug: 'debug',
      DEBUG: 'debug',
      INFO: 'info',
      WARN: 'warn',
      eror: 'error',
      ERROR: 'error',
      crit: 'error',
      fatal: 'error',
    }),
    default: 'info',
    sentence: 'The least severe lines that are logged.',
  }),
  logFormat: setting({
    name: 'SRC_LOG_FORMAT',
    group: LOGS,
    kind: oneOf(['condensed', 'json'], { json_gcp: 'json', logfmt: 'condensed', console: 'condensed' }),
    default: 'condensed',
    sentence: 'Lines for humans or JSON; on AWS always JSON.',
  }),
  traceLog: setting({
    name: 'SRC_TRACE_LOG',
    group: LOGS,
    kind: boolean,
    default: 'false',
    sentence: 'Logs each request to Sourcegraph, without its headers.',
  }),
  kubernetesConfigPath: optional({
    name: 'EXECUTOR_KUBERNETES_CONFIG_PATH',
    group: KUBERNETES,
    kind: text,
    only: kubernetesOnly,
    sentence: 'The kubeconfig; `~/.kube/config`, or the service account in a pod, unless set.',
  }),
  kubernetesNamespace: setting({
    name: 'EXECUTOR_KUBERNETES_NAMESPACE',
    group: KUBERNETES,
    kind: text,
    default: 'default',
    only: kubernetesOnly,
    sentence: 'The namespace of the pods.',
  }),
  kubernetesNodeName: optional({
    name: 'EXECUTOR_KUBERNETES_NODE_NAME',
    group: KUBERNETES,
    kind: text,
    only: kubernetesOnly,
    sentence: 'The one node for all pods.',
  }),
  kubernetesNodeSelector: optional({
    name: 'EXECUTOR_KUBERNETES_NODE_SELECTOR',
    group: KUBERNETES,
    kind: pairs,
    only: kubernetesOnly,
    sentence: 'Labels that a node must have.',
  }),
  kubernetesNodeTolerations: optional({
    name: 'EXECUTOR_KUBERNETES_NODE_TOLERATIONS',
    group: KUBERNETES,
    kind: jsonObjects,
    only: kubernetesOnly,
    sentence: 'Taints that pods tolerate, as Kubernetes writes them.',
  }),
  kubernetesNodeMatchExpressions: optional({
    name: 'EXECUTOR_KUBERNETES_NODE_REQUIRED_AFFINITY_MATCH_EXPRESSIONS',
    group: KUBERNETES,
    kind: jsonObjects,
    aliases: [
      {
        name: 'EXECUTOR_KUBERNETES_NODE_REQUIRED_AFFINITY_MATCH_EXPRESSION',
        because: "a misprint in Sourcegraph's documentation",
      },
    ],
    only: kubernetesOnly,
    sentence: 'Node affinity by labels.',
  }),
  kubernetesNodeMatchFields: optional({
    name: 'EXECUTOR_KUBERNETES_NODE_REQUIRED_AFFINITY_MATCH_FIELDS',
    group: KUBERNETES,
    kind: jsonObjects,
    only: kubernetesOnly,
    sentence: 'Node affinity by fields.',
  }),
  kubernetesPodAffinity: optional({
    name: 'EXECUTOR_KUBERNETES_POD_AFFINITY',
    group: KUBERNETES,
    kind: jsonObjects,
    only: kubernetesOnly,
    sentence: 'Pods to be near to.',
  }),
  kubernetesPodAntiAffinity: optional({
    name: 'EXECUTOR_KUBERNETES_POD_ANTI_AFFINITY',
    group: KUBERNETES,
    kind: jsonObjects,
    only: kubernetesOnly,
    sentence: 'Pods to be away from.',
  }),
  kubernetesRunAsUser: setting({
    name: 'KUBERNETES_RUN_AS_USER',
    group: KUBERNETES,
    kind: wholeNumber(-1),
    default: '-1',
    only: kubernetesOnly,
    sentence: "User of step containers; -1: the image's own.",
  }),
  kubernetesRunAsGroup: setting({
    name: 'KUBERNETES_RUN_AS_GROUP',
    group: KUBERNETES,
    kind: wholeNumber(-1),
    default: '-1',
    only: kubernetesOnly,
    sentence: "Group of step containers; -1: the image's own.",
  }),
  kubernetesFsGroup: setting({
    name: 'KUBERNETES_FS_GROUP',
    group: KUBERNETES,
    kind: wholeNumber(0),
    default: '1000',
    only: kubernetesOnly,
    sentence: 'Group that owns the volumes.',
  }),
  kubernetesAdditionalJobVolumes: optional({
    name: 'KUBERNETES_ADDITIONAL_JOB_VOLUMES',
    group: KUBERNETES,
    kind: jsonObjects,
    only: kubernetesOnly,
    sentence: 'More volumes of each pod.',
  }),
  kubernetesAdditionalJobVolumeMounts: optional({
    name: 'KUBERNETES_ADDITIONAL_JOB_VOLUME_MOUNTS',
    group: KUBERNETES,
    kind: jsonObjects,
    only: kubernetesOnly,
    sentence: 'Where step containers mount them.',
  }),
  kubernetesJobAnnotations: optional({
    name: 'KUBERNETES_JOB_ANNOTATIONS',
    group: KUBERNETES,
    kind: jsonStrings,
    only: { backends: ['fargate', 'kubernetes'], elsewhere: 'there is nothing to annotate' },
    sentence: 'Annotations of each pod; on Fargate, tags of each task.',
  }),
  kubernetesJobPodAnnotations: optional({
    name: 'KUBERNETES_JOB_POD_ANNOTATIONS',
    group: KUBERNETES,
    kind: jsonStrings,
    only: { backends: ['fargate', 'kubernetes'], elsewhere: 'there is nothing to annotate' },
    sentence: 'The same, added to KUBERNETES_JOB_ANNOTATIONS.',
  }),
  kubernetesImagePullSecrets: optional({
    name: 'KUBERNETES_IMAGE_PULL_SECRETS',
    group: KUBERNETES,
    kind: text,
    only: kubernetesOnly,
    sentence: 'Secrets with registry credentials, a comma list or JSON as Kubernetes writes it.',
  }),
  kubernetesImagePullPolicy: optional({
    name: 'KUBERNETES_IMAGE_PULL_POLICY',
    group: KUBERNETES,
    kind: oneOf(['Always', 'IfNotPresent', 'Never']),
    only: kubernetesOnly,
    sentence: 'When images are pulled; on Fargate always.',
  }),
};

const MICRO_VM = 'each Fargate task is a micro-VM already, and no other backend uses Firecracker';
const NO_NODE = 'there is no node to export from; the node_* metrics are made from the task metadata';
const NO_SCALER = "Sourcegraph's worker reads it, to scale machines; here nothing runs between jobs";

/** Names that are known and do nothing: accepted with a line that says why, or refused with it. */
export const UNUSED_NAMES: readonly UnusedName[] = [
  { name: 'EXECUTOR_USE_FIRECRACKER', effect: 'ignored', because: MICRO_VM },
  { name: 'EXECUTOR_FIRECRACKER_IMAGE', effect: 'ignored', because: MICRO_VM },
  { name: 'EXECUTOR_FIRECRACKER_KERNEL_IMAGE', effect: 'ignored', because: MICRO_VM },
  { name: 'EXECUTOR_FIRECRACKER_SANDBOX_IMAGE', effect: 'ignored', because: MICRO_VM },
  {
    name: 'EXECUTOR_FIRECRACKER_BANDWIDTH_INGRESS',
    effect: 'ignored',
    because: 'the size of a task decides its bandwidth',
  },
  {
    name: 'EXECUTOR_FIRECRACKER_BANDWIDTH_EGRESS',
    effect: 'ignored',
    because: 'the size of a task decides its bandwidth',
  },
  { name: 'NODE_EXPORTER_URL', effect: 'ignored', because: NO_NODE },
  { name: 'DOCKER_REGISTRY_NODE_EXPORTER_URL', effect: 'ignored', because: NO_NODE },
  {
    name: 'EXECUTOR_KUBERNETES_PERSISTENCE_VOLUME_NAME',
    effect: 'ignored',
    because: 'workspaces are on volumes that live and die with their pod',
  },
  {
    name: 'EXECUTOR_DOCKER_HOST_MOUNT_PATH',
    effect: 'ignored',
    because: 'workspaces are volumes of the Docker engine, which no path of this program has to be known for',
  },
  { name: 'KUBERNETES_SINGLE_JOB_POD', effect: 'ignored', because: 'a job is always one pod or task' },
  { name: 'KUBERNETES_JOB_VOLUME_TYPE', effect: 'ignored', because: 'the volume of a job is always its own emptyDir' },
  {
    name: 'KUBERNETES_JOB_HOST_NETWORK',
    effect: 'refused',
    because: 'steps on the network of the host could reach whatever the host can; remove it',
  },
  { name: 'EXECUTOR_ALLOCATIONS', effect: 'ignored', because: NO_SCALER },
  { name: 'EXECUTOR_METRIC_ENVIRONMENT_LABEL', effect: 'ignored', because: NO_SCALER },
  { name: 'EXECUTOR_METRIC_AWS_*', effect: 'ignored', because: NO_SCALER },
  { name: 'EXECUTOR_METRIC_GCP_*', effect: 'ignored', because: NO_SCALER },
];
