// Mistakes in the props: each is said at the construct that has it, with the fix in its text, and the rest of the app
// still synthesises.
import { describe, expect, test } from '@jest/globals';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SourcegraphExecutor } from '#infra/executor.ts';
import type { SourcegraphExecutorProps } from '#infra/props.ts';
import { install } from './installation.ts';

type Props = (stack: Stack) => Partial<SourcegraphExecutorProps>;

/** As the construct noted them; synthesising each time would take a second and tell the same. */
function findings(level: 'error' | 'warning', props: Props): string[] {
  return told(install(props).executor, level);
}

function told(construct: IConstruct, level: 'error' | 'warning'): string[] {
  return construct.node.metadata.filter(({ type }) => type === `aws:cdk:${level}`).map(({ data }) => String(data));
}

function vpcOf(stack: Stack, blocks: readonly string[], zones: readonly string[]): Partial<SourcegraphExecutorProps> {
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Given', { vpcId: 'vpc-1', availabilityZones: [...zones] });
  const subnets = blocks.map((ipv4CidrBlock, index) =>
    ec2.Subnet.fromSubnetAttributes(stack, `Subnet${index}`, {
      subnetId: `subnet-${index}`,
      ipv4CidrBlock,
      availabilityZone: zones[index] ?? 'a',
    }),
  );
  return { vpc, subnets: { subnets } };
}

test('the default installation has no finding', () => {
  expect(findings('error', () => ({}))).toEqual([]);
  expect(findings('warning', () => ({}))).toEqual([]);
});

const ERRORS: [name: string, props: Props, message: RegExp][] = [
  [
    'a URL with a path',
    () => ({ frontendUrl: 'https://example.com/sourcegraph' }),
    /^frontendUrl: .*scheme and host only, such as https:\/\/example\.com/,
  ],
  ['a URL without a scheme', () => ({ frontendUrl: 'sourcegraph.example.com' }), /^frontendUrl: .*with its scheme/],
  ['a pool name with an underscore', () => ({ poolName: 'my_pool' }), /poolName "my_pool" must be a letter/],
  ['no queue', () => ({ queues: [] }), /queues is empty; name at least one/],
  ['more than Fargate has', () => ({ cpus: 64 }), /largest is 32 vCPU with 244 GiB\. Lower cpus/],
  ['more disk than Fargate has', () => ({ diskGiB: 300 }), /at most 200 GiB of disk, not 300/],
  ['a quota below one job', () => ({ vcpuQuota: 2 }), /vcpuQuota 2 is less than one job's 4 vCPU/],
  ['too little reserved concurrency', () => ({ reservedConcurrency: 2 }), /must be 4 at least/],
  ['completion one at a time', () => ({ completionConcurrency: 1 }), /must be 2 to 1000/],
  ['functions in a public VPC', () => ({ functionsInVpc: true }), /functionsInVpc needs network: 'private'/],
  [
    'a token in the environment',
    () => ({ environment: { EXECUTOR_FRONTEND_PASSWORD: 'hunter2' } }),
    /goes into the secret of the prop `accessToken`/,
  ],
  [
    'a proxy with a password',
    () => ({ environment: { HTTPS_PROXY: 'http://u:p@proxy:3128' } }),
    /HTTPS_PROXY holds a secret/,
  ],
  [
    'a proxy prop with a password',
    () => ({ proxy: { http: 'http://u:hunter2@proxy:3128' } }),
    /HTTP_PROXY holds a secret/,
  ],
  ['a proxy that is none', () => ({ proxy: { https: 'socks5://proxy:1080' } }), /HTTPS_PROXY: .*must be an http/],
  ['a misspelt setting', () => ({ environment: { EXECUTOR_RELANCH: 'always' } }), /did you mean EXECUTOR_RELAUNCH\?/],
  [
    'a fixed address in a VPC of others',
    (stack) => ({ ...vpcOf(stack, ['10.0.0.0/20', '10.0.16.0/20'], ['a', 'b']), staticEgress: true }),
    /staticEgress makes a VPC of its own; .*network: 'private' and functionsInVpc: true/,
  ],
  [
    'a fixed address with public tasks',
    () => ({ staticEgress: true, network: 'public' }),
    /staticEgress and network: 'public' exclude each other/,
  ],
  [
    'a fixed address behind endpoints alone',
    () => ({ staticEgress: true, endpoints: true }),
    /staticEgress and endpoints exclude each other/,
  ],
  [
    'a size rule that Fargate cannot keep',
    () => ({ sizeRules: [{ repository: 'github.com/acme/*', memoryMiB: 500_000 }] }),
    /^Jobs of sizeRules\[0\]: Fargate has no task with 4 vCPU and 500000 MiB/,
  ],
  [
    'a size rule for a queue of others',
    () => ({ sizeRules: [{ queue: 'codeintel', cpus: 8 }] }),
    /sizeRules\[0\]: queue "codeintel" is none of this pool's \(batches\)/,
  ],
  ['a size rule that changes nothing', () => ({ sizeRules: [{ queue: 'batches' }] }), /sizeRules\[0\] changes nothing/],
  [
    'a size rule above the quota',
    () => ({
      vcpuQuota: 8,
      maximumJobs: 1,
      sizeRules: [
        { repository: 'a', cpus: 1, memoryMiB: 2048 },
        { cpus: 16, memoryMiB: 32_768 },
      ],
    }),
    /^Jobs of sizeRules\[1\]: vcpuQuota 8 is less than one job's 16 vCPU/,
  ],
  [
    'a startup script that is not here',
    () => ({ startupScript: 'no/such/setup.sh' }),
    /^EXECUTOR_VM_STARTUP_SCRIPT_PATH: "no\/such\/setup\.sh" cannot be read .*name a file of the machine that runs cdk/,
  ],
  [
    'certificates that are not here',
    () => ({ environment: { EXECUTOR_TLS_CA_BUNDLE: 'no/such/ca.pem' } }),
    /^EXECUTOR_TLS_CA_BUNDLE: "no\/such\/ca\.pem" cannot be read/,
  ],
  ['a tag that ECS refuses', () => ({ taskTags: { team: 'a&b' } }), /taskTags: "team" = "a&b" is no tag for ECS/],
  ["a tag of AWS's", () => ({ taskTags: { 'aws:team': 'x' } }), /taskTags: "aws:team" = "x" is no tag for ECS/],
  [
    'a registry with its scheme',
    (stack) => ({ registryCredentials: { 'https://ghcr.io': secret(stack) } }),
    /must be a host, such as docker\.io/,
  ],
];

function secret(stack: Stack): SourcegraphExecutorProps['accessToken'] {
  return secretsmanager.Secret.fromSecretNameV2(stack, 'Registry', 'registry');
}

test.each(ERRORS)('error: %s', (_, props, message) => {
  const found = findings('error', props);
  expect(found).toEqual([expect.stringMatching(message)]);
  expect(found.join()).not.toContain('hunter2');
});

const WARNINGS: [name: string, props: Props, message: RegExp][] = [
  ['plain http', () => ({ frontendUrl: 'http://sourcegraph.internal' }), /frontendUrl is http/],
  ['a fixed address, with its price', () => ({ staticEgress: true }), /NAT gateway .* costs about \$37 a month/],
  ['a queue with a typo', () => ({ queues: ['batchs'] }), /did you mean "batches"\?/],
  ['a strange queue', () => ({ queues: ['something-else'] }), /Sourcegraph's are batches and codeintel/],
  ['a pair that Fargate has not', () => ({ cpus: 3, memoryMiB: 5000 }), /jobs get, and cost, 4 vCPU with 8192 MiB/],
  [
    'a setting that Fargate has no use for',
    () => ({ environment: { EXECUTOR_KEEP_WORKSPACES: 'true' } }),
    /EXECUTOR_KEEP_WORKSPACES is ignored: the disk of a task is gone/,
  ],
  ['more jobs than the quota holds', () => ({ vcpuQuota: 40 }), /full with 10 jobs, below maximumJobs 100/],
  [
    'small subnets',
    (stack) => vpcOf(stack, ['10.0.0.0/27', '10.0.1.0/27'], ['a', 'b']),
    /have 54 addresses for 100 jobs/,
  ],
  ['one zone', (stack) => vpcOf(stack, ['10.0.0.0/20'], ['a']), /All subnets are in one zone/],
];

test.each(WARNINGS)('warning: %s', (_, props, message) => {
  expect(findings('warning', props)).toEqual([expect.stringMatching(message)]);
});

describe('private networks', () => {
  test('endpoints say what they cost, and that images must come from ECR', () => {
    const found = findings('warning', () => ({ network: 'private', endpoints: true, functionsInVpc: true }));
    expect(found).toEqual([
      expect.stringContaining('16 interface endpoints (service x zone) cost about $117 a month'),
      expect.stringContaining("officialImages: 'pull-through-cache'"),
    ]);
  });

  test('a neighbour without the mistake has no finding', () => {
    const { stack, executor } = install(() => ({ queues: ['batchs'] }));
    const neighbour = new SourcegraphExecutor(stack, 'Neighbour', {
      poolName: 'neighbour',
      frontendUrl: 'https://sourcegraph.example.com',
      accessToken: secretsmanager.Secret.fromSecretNameV2(stack, 'Other', 'token'),
      runnerImage: 'registry.example.com/step-runner',
    });
    expect(told(executor, 'warning')).toHaveLength(1);
    expect(told(neighbour, 'warning')).toEqual([]);
  });
});

test('several mirrors of Docker Hub: that only the first is used is said', () => {
  const environment = { EXECUTOR_DOCKER_REGISTRY_MIRROR_URL: 'https://a.example.com,https://b.example.com' };
  const { stack } = install(() => ({ environment }));
  Annotations.fromStack(stack).hasWarning('/Test/Executor', Match.stringLikeRegexp('only the first mirror is used'));
});

test('what is said reaches whoever synthesises, by an id that can be acknowledged', () => {
  const { stack } = install(() => ({ queues: ['batchs'] }));
  Annotations.fromStack(stack).hasWarning('/Test/Executor', Match.stringLikeRegexp('SourcegraphExecutor:queueName'));
});
