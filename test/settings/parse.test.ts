import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { DEPLOYMENT, deploymentTable } from '#settings/deployment.ts';
import { settingsHelp, settingsReference } from '#settings/help.ts';
import { FOR_AN_INSTANCE, knownNames, parseDeployedSettings, parseSettings } from '#settings/parse.ts';
import { environmentOf, type Environment } from '#settings/read-table.ts';
import type { Table } from '#settings/row.ts';
import { SETTINGS, UNUSED_NAMES } from '#settings/table.ts';

const SECRET = 'hunter2-hunter2-hunter2';
const enough = {
  EXECUTOR_FRONTEND_URL: 'https://sg.example.com',
  EXECUTOR_FRONTEND_PASSWORD: SECRET,
  EXECUTOR_QUEUE_NAME: 'batches',
};

function good(environment: Environment) {
  const parsed = parseSettings(environment);
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed;
}
function problems(environment: Environment, required: Parameters<typeof parseSettings>[1] = []) {
  const parsed = parseSettings(environment, required);
  return parsed.kind === 'invalid' ? parsed.problems : [];
}

describe('what is set', () => {
  test('nothing: the defaults, and no notice', () => {
    const { settings, notices } = good({});
    expect(notices).toEqual([]);
    expect(settings).toMatchObject({
      queuePollInterval: 1000,
      maximumNumJobs: 1,
      maximumRuntimePerJob: 30 * 60_000,
      jobNumCpus: 4,
      jobMemory: 12 * 1024 ** 3,
      jobDiskSpace: 20 * 1024 ** 3,
      keepWorkspaces: 'never',
      namePrefix: 'executor',
      relaunch: 'always',
      queues: undefined,
      backend: undefined,
    });
  });

  const rows: [string, Environment, object][] = [
    [
      'an instance and a queue',
      enough,
      { frontendUrl: 'https://sg.example.com', queues: { kind: 'single', name: 'batches' } },
    ],
    [
      'several queues',
      { EXECUTOR_QUEUE_NAMES: 'batches, batches-hooks' },
      { queues: { kind: 'several', names: ['batches', 'batches-hooks'] } },
    ],
    ['any queue name', { EXECUTOR_QUEUE_NAME: 'my/queue' }, { queues: { kind: 'single', name: 'my/queue' } }],
    ['an empty value is not set', { EXECUTOR_MAXIMUM_NUM_JOBS: ' ' }, { maximumNumJobs: 1 }],
    ['space around a value', { EXECUTOR_MAXIMUM_NUM_JOBS: ' 8\n' }, { maximumNumJobs: 8 }],
    ['draft: token', { EXECUTOR_REGISTRATION_TOKEN: 't' }, { executorToken: { kind: 'value', token: 't' } }],
    ['a token file', { EXECUTOR_FRONTEND_PASSWORD_FILE: '/f' }, { executorToken: { kind: 'file', file: '/f' } }],
    ['draft: jobs', { EXECUTOR_MAX_NUM_JOBS: '3' }, { maximumNumJobs: 3 }],
    ['Firecracker: CPUs', { EXECUTOR_FIRECRACKER_NUM_CPUS: '2' }, { jobNumCpus: 2 }],
    ['Firecracker: memory', { EXECUTOR_FIRECRACKER_MEMORY: '4G' }, { jobMemory: 4 * 1024 ** 3 }],
    ['Kubernetes: the limit wins', k8sMemory('6Gi', '4Gi'), { jobMemory: 6 * 1024 ** 3 }],
    ['Kubernetes: the request alone', k8sMemory(undefined, '4Gi'), { jobMemory: 4 * 1024 ** 3 }],
    ['Kubernetes: CPUs', { EXECUTOR_KUBERNETES_RESOURCE_LIMIT_CPU: '1500m' }, { jobNumCpus: 2 }],
    ['Kubernetes: deadline in seconds', { KUBERNETES_JOB_DEADLINE: '1200' }, { maximumRuntimePerJob: 1_200_000 }],
    ['Kubernetes: keep jobs', { KUBERNETES_KEEP_JOBS: 'true' }, { keepWorkspaces: 'always' }],
    ['Kubernetes: keep no jobs', { KUBERNETES_KEEP_JOBS: 'false' }, { keepWorkspaces: 'never' }],
    ['Kubernetes: backend', { EXECUTOR_USE_KUBERNETES: 'true' }, { backend: 'kubernetes' }],
    ['keep workspaces, as a yes', { EXECUTOR_KEEP_WORKSPACES: '1' }, { keepWorkspaces: 'always' }],
    ['log level in short', { SRC_LOG_LEVEL: 'dbug' }, { logLevel: 'debug' }],
    ['lower-case proxy', { https_proxy: 'proxy:3128' }, { httpsProxy: 'http://proxy:3128' }],
    ['today’s name wins', { EXECUTOR_MAXIMUM_NUM_JOBS: '2', EXECUTOR_MAX_NUM_JOBS: '3' }, { maximumNumJobs: 2 }],
  ];
  test.each(rows)('%s', (_name, environment, expected) => {
    expect(good(environment).settings).toMatchObject(expected);
  });

  test.each([
    ['other-name', { EXECUTOR_MAX_NUM_JOBS: '3' }, 'EXECUTOR_MAXIMUM_NUM_JOBS'],
    ['shadowed', { EXECUTOR_MAXIMUM_NUM_JOBS: '2', EXECUTOR_MAX_NUM_JOBS: '3' }, 'EXECUTOR_MAXIMUM_NUM_JOBS'],
    ['ignored', { EXECUTOR_USE_FIRECRACKER: 'true' }, 'micro-VM'],
    ['ignored', { EXECUTOR_METRIC_GCP_PROJECT_ID: 'x' }, 'worker'],
    ['unused-by-backend', { EXECUTOR_KUBERNETES_NODE_NAME: 'x' }, 'kubernetes backend'],
    ['unused-by-backend', { EXECUTOR_BACKEND: 'fargate', EXECUTOR_HEALTH_SERVER_ADDR: ':8080' }, 'every minute'],
    [
      'first-only',
      { EXECUTOR_BACKEND: 'fargate', EXECUTOR_DOCKER_REGISTRY_MIRROR_URL: 'https://a.example,https://b.example' },
      'only the first mirror',
    ],
    ['insecure', { EXECUTOR_TLS_INSECURE_SKIP_VERIFY: 'true' }, 'EXECUTOR_TLS_CA_BUNDLE'],
  ])('a notice: %s for %j', (id, environment, words) => {
    const { notices } = good(environment);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ id });
    expect(notices[0]?.message).toContain(words);
  });

  test.each<[string, Environment]>([
    ['equal values under two names', { EXECUTOR_MAXIMUM_NUM_JOBS: '2', EXECUTOR_MAX_NUM_JOBS: '2' }],
    [
      'one mirror on Fargate',
      { EXECUTOR_BACKEND: 'fargate', EXECUTOR_DOCKER_REGISTRY_MIRROR_URL: 'https://a.example' },
    ],
    ['several mirrors elsewhere', { EXECUTOR_DOCKER_REGISTRY_MIRROR_URL: 'https://a.example,https://b.example' }],
    ['a lower-case proxy', { http_proxy: 'http://p:1' }],
    ['a setting of the chosen backend', { EXECUTOR_BACKEND: 'kubernetes', EXECUTOR_KUBERNETES_NODE_NAME: 'x' }],
    ['variables of Kubernetes itself', { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_PORT_443_TCP: 'tcp://x' }],
    ['a Kubernetes service named executor', { EXECUTOR_SERVICE_HOST: '10.0.0.1', EXECUTOR_PORT: 'tcp://x' }],
    ['a refusal of what is refused', { KUBERNETES_JOB_HOST_NETWORK: 'false' }],
    ['what is not ours', { HOME: '/root', SRC_ENDPOINT: 'x', AWS_REGION: 'x', MY_EXECUTOR_X: '1' }],
  ])('no notice: %s', (_name, environment) => {
    expect(good(environment).notices).toEqual([]);
  });
});

function k8sMemory(limit: string | undefined, request: string): Environment {
  return { EXECUTOR_KUBERNETES_RESOURCE_LIMIT_MEMORY: limit, EXECUTOR_KUBERNETES_RESOURCE_REQUEST_MEMORY: request };
}

describe('what is wrong', () => {
  test('everything at once', () => {
    const wrong = {
      EXECUTOR_FRONTEND_URL: 'sg.example.com',
      EXECUTOR_MAXIMUM_NUM_JOBS: 'many',
      EXECUTOR_QUEUE_NAME: 'a',
      EXECUTOR_QUEUE_NAMES: 'a,b',
      EXECUTOR_FRONTEND_PASSWORD: 't',
      EXECUTOR_FRONTEND_PASSWORD_FILE: '/f',
      EXECUTOR_MAXIMUM_NUM_JOBSS: '1',
      KUBERNETES_JOB_HOST_NETWORK: 'true',
    };
    expect(problems(wrong, FOR_AN_INSTANCE).map(({ name }) => name)).toEqual([
      'EXECUTOR_FRONTEND_URL',
      'EXECUTOR_MAXIMUM_NUM_JOBS',
      'EXECUTOR_QUEUE_NAMES',
      'EXECUTOR_FRONTEND_PASSWORD_FILE',
      'EXECUTOR_MAXIMUM_NUM_JOBSS',
      'KUBERNETES_JOB_HOST_NETWORK',
    ]);
  });

  test('nothing set at all, for an instance', () => {
    expect(problems({}, FOR_AN_INSTANCE).map(({ name }) => name)).toEqual([
      'EXECUTOR_FRONTEND_URL',
      'EXECUTOR_FRONTEND_PASSWORD',
      'EXECUTOR_QUEUE_NAME',
    ]);
  });

  const rows: [string, Environment, RegExp][] = [
    [
      'no scheme',
      { EXECUTOR_FRONTEND_URL: 'sg.example.com' },
      /EXECUTOR_FRONTEND_URL: "sg\.example\.com" .* https:\/\//,
    ],
    ['a path', { EXECUTOR_FRONTEND_URL: 'https://sg.example.com/x' }, /such as https:\/\/sg\.example\.com/],
    ['a number', { EXECUTOR_MAXIMUM_NUM_JOBS: '0' }, /at least 1, or remove it for the default \(1\)/],
    ['a duration', { EXECUTOR_QUEUE_POLL_INTERVAL: '5' }, /a duration .* such as 1s/],
    ['a poll that would never rest', { EXECUTOR_QUEUE_POLL_INTERVAL: '0s' }, /at least 10ms/],
    ['a size', { EXECUTOR_JOB_MEMORY: '12 gigs' }, /a size .* such as 12G/],
    ['a backend', { EXECUTOR_BACKEND: 'Fargate' }, /one of fargate, docker, kubernetes, process/],
    ['several names as one', { EXECUTOR_QUEUE_NAME: 'batches,codeintel' }, /EXECUTOR_QUEUE_NAMES/],
    ['dots as a queue', { EXECUTOR_QUEUE_NAME: '..' }, /the name of a queue/],
    ['an alias, by its own name', { EXECUTOR_MAX_NUM_JOBS: 'x' }, /^EXECUTOR_MAX_NUM_JOBS: /],
    ['host network', { KUBERNETES_JOB_HOST_NETWORK: '1' }, /refused: .* remove it/],
    ['a letter too few', { EXECUTOR_MAXIMUM_NUM_JOB: '1' }, /did you mean EXECUTOR_MAXIMUM_NUM_JOBS\?/],
    ['words swapped', { EXECUTOR_NUM_MAXIMUM_JOBS: '1' }, /did you mean EXECUTOR_MAXIMUM_NUM_JOBS\?/],
    ['a wrong prefix', { EXECUTOR_KUBERNETES_KEEP_JOBS: '1' }, /is not a setting/],
    ['lower case', { EXECUTOR_queue_name: 'a' }, /did you mean EXECUTOR_QUEUE_NAME\?/],
    ['nothing near', { EXECUTOR_ZZZZZZZZZZZZ: '1' }, /remove it/],
    ['a long value is cut', { EXECUTOR_BACKEND: 'x'.repeat(500) }, /"x{60}…"/],
  ];
  test.each(rows)('%s', (_name, environment, words) => {
    const found = problems(environment);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toMatch(words);
  });

  test.each(['EXECUTOR_FRONTEND_PASSWORD', 'EXECUTOR_DOCKER_AUTH_CONFIG', 'HTTP_PROXY', 'HTTPS_PROXY'])(
    'the value of %s is never shown',
    (name) => {
      const found = problems({ [name]: `${SECRET}://\u00e4 ${SECRET}` });
      expect(found).toHaveLength(1);
      expect(found[0]?.message).not.toContain(SECRET);
    },
  );
});

describe('whatever the environment holds', () => {
  const name = fc.oneof(
    fc.constantFrom(...knownNames()),
    fc.stringMatching(/^(EXECUTOR|KUBERNETES)_[A-Z_]{1,20}$/),
    fc.constantFrom('__proto__', 'PATH', 'constructor'),
  );
  const value = fc.oneof(fc.string(), fc.constantFrom('true', '1', '10m', '4G', 'a,b', '{}', '[]', 'https://a.b'));

  test('reading never throws, and each problem names its setting', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 8 }), (environment) => {
        const parsed = parseSettings(environment, FOR_AN_INSTANCE);
        if (parsed.kind === 'settings') return;
        expect(parsed.problems.length).toBeGreaterThan(0);
        for (const problem of parsed.problems) expect(problem.message).toContain(problem.name);
      }),
      { numRuns: 150 },
    );
  });

  test('a problem is told exactly for the names that are set wrong', () => {
    const rows = Object.values(SETTINGS as Table).filter((row) => !row.name.startsWith('EXECUTOR_QUEUE_NAME'));
    fc.assert(
      fc.property(fc.constantFrom(...rows), value, (row, text) => {
        const told = problems({ [row.name]: text }).map((problem) => problem.name);
        const wrong = text.trim() !== '' && !row.kind.read(text.trim()).ok;
        expect(told).toEqual(wrong ? [row.name] : []);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the tables', () => {
  const tables: Table[] = [SETTINGS, DEPLOYMENT];
  const rows = tables.flatMap((table) => Object.values(table));

  test('no name stands twice', () => {
    const names = knownNames();
    expect(names.filter((one, index) => names.indexOf(one) !== index)).toEqual([]);
  });
  test.each(rows.map((row) => [row.name, row] as const))(
    '%s: its default is valid, its sentence is one',
    (_name, row) => {
      if ('default' in row) expect(row.kind.read(row.default)).toMatchObject({ ok: true });
      expect(row.sentence).toMatch(/\.$/);
    },
  );
  test.each([
    'EXECUTOR_QUEUE_NAME',
    'EXECUTOR_FRONTEND_URL',
    'EXECUTOR_REGISTRATION_TOKEN',
    'EXECUTOR_BACKEND',
    'EXECUTOR_MAX_NUM_JOBS',
  ])('the draft of 2021 knows %s, and so do we', (draft) => {
    expect(knownNames()).toContain(draft);
  });
  test('docs/settings.md is what the tables say; if not: npm run docs:settings', () => {
    expect(readFileSync('docs/settings.md', 'utf8')).toBe(settingsReference());
  });
  test('help and reference name every setting', () => {
    const help = settingsHelp();
    const reference = settingsReference();
    for (const row of Object.values(SETTINGS as Table)) expect(help).toContain(row.name);
    for (const known of knownNames()) expect(reference).toContain(`\`${known}\``);
    for (const { name } of UNUSED_NAMES) expect(reference).toContain(name);
    expect(help.split('\n').every((line) => line.length <= 100)).toBe(true);
  });
});

describe('a deployment', () => {
  const required = {
    poolName: 'pool',
    tokenSecretArn: 'arn:aws:secretsmanager:eu-west-1:1:secret:t',
    tableName: 'table',
    bucketName: 'bucket',
    resultsQueueUrl: 'https://sqs/q',
    clusterArn: 'arn:cluster',
    subnetIds: ['subnet-1', 'subnet-2'],
    securityGroupIds: ['sg-1'],
    runnerImage: 'image@sha256:0',
    executionRoleArn: 'arn:role',
    runnerLogGroup: '/group',
  };
  const settings = environmentOf(SETTINGS, {
    frontendUrl: 'https://sg.example.com',
    queueName: 'batches',
    jobMemory: 2 ** 33,
  });

  test('what the stack writes, the dispatcher reads', () => {
    const environment = { ...settings, ...environmentOf(deploymentTable('dispatcher'), required) };
    expect(environment).toMatchObject({ EXECUTOR_SUBNET_IDS: 'subnet-1,subnet-2', EXECUTOR_JOB_MEMORY: '8G' });
    const parsed = parseDeployedSettings(environment, 'dispatcher');
    expect(parsed).toMatchObject({
      kind: 'settings',
      settings: { frontendUrl: 'https://sg.example.com', jobMemory: 2 ** 33 },
      deployment: {
        ...required,
        assignPublicIp: false,
        architecture: 'X86_64',
        capacity: 'on-demand',
        polling: 'cheapest',
      },
    });
  });
  test('completion needs less, and is told what it lacks', () => {
    const table = deploymentTable('completion');
    expect(Object.keys(table)).not.toContain('subnetIds');
    const parsed = parseDeployedSettings(settings, 'completion');
    const names = parsed.kind === 'invalid' ? parsed.problems.map(({ name }) => name) : [];
    expect(names).toEqual(
      Object.values(table as Table)
        .filter((row) => 'required' in row)
        .map((row) => row.name),
    );
  });
});
