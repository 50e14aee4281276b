// The functions' environments, read back by the very code that the handlers start with.
import { describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duration, Stage } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { deploymentTable, type FunctionName } from '#settings/deployment.ts';
import { parseDeployedSettings, parseDeployment } from '#settings/parse.ts';
import type { Table } from '#settings/row.ts';
import { install, ofType, readable, resourcesOf } from './installation.ts';

const FUNCTIONS = ['dispatcher', 'completion', 'status', 'gate'] as const;

function environments(stack: ReturnType<typeof install>['stack']): Record<FunctionName, Record<string, string>> {
  const found: Record<FunctionName, Record<string, string>> = { dispatcher: {}, completion: {}, status: {}, gate: {} };
  for (const { Properties } of ofType(resourcesOf(stack), 'AWS::Lambda::Function')) {
    const { FunctionName: name = '', Environment } = readable(Properties) as {
      FunctionName?: string;
      Environment?: { Variables: Record<string, string> };
    };
    for (const part of FUNCTIONS) {
      if (name === `executor-${part}` && Environment !== undefined) found[part] = Environment.Variables;
    }
  }
  return found;
}

const plain = environments(install().stack);
const full = environments(
  install((stack) => ({
    queues: ['batches', 'codeintel'],
    vcpuQuota: 400,
    caBundle: secretsmanager.Secret.fromSecretNameV2(stack, 'Ca', 'ca'),
    registryCredentials: { 'ghcr.io': secretsmanager.Secret.fromSecretNameV2(stack, 'Ghcr', 'ghcr') },
    environment: { EXECUTOR_RELAUNCH: 'before-first-step' },
  })).stack,
);

describe.each(FUNCTIONS)('%s', (name) => {
  test('reads its environment without a problem or a notice', () => {
    for (const all of [plain, full]) {
      if (name === 'gate') expect(parseDeployment(all.gate, name)).toMatchObject({ kind: 'deployment' });
      else expect(parseDeployedSettings(all[name], name)).toMatchObject({ kind: 'settings', notices: [] });
    }
  });

  test('is given every row of its table that must be set, and no row of others', () => {
    const rows = Object.values(deploymentTable(name) as Table);
    const names = rows.map((row) => row.name);
    const required = rows.filter((row) => 'required' in row).map((row) => row.name);
    const others = FUNCTIONS.flatMap((one) => Object.values(deploymentTable(one) as Table))
      .map((row) => row.name)
      .filter((other) => !names.includes(other));
    expect(Object.keys(full[name])).toEqual(expect.arrayContaining(required));
    expect(Object.keys(full[name]).filter((key) => others.includes(key))).toEqual([]);
  });
});

test('the keys are those of the tables and nothing else', () => {
  expect({
    dispatcher: Object.keys(full.dispatcher).sort(),
    completion: Object.keys(full.completion).sort(),
    status: Object.keys(full.status).sort(),
    gate: Object.keys(full.gate).sort(),
  }).toMatchSnapshot();
});

test('props win over the environment, and both reach both functions', () => {
  const { dispatcher, completion } = environments(
    install(() => ({
      maximumJobs: 7,
      environment: { EXECUTOR_MAXIMUM_NUM_JOBS: '9', EXECUTOR_RELAUNCH: 'before-first-step' },
    })).stack,
  );
  for (const variables of [dispatcher, completion]) {
    expect(variables).toMatchObject({ EXECUTOR_MAXIMUM_NUM_JOBS: '7', EXECUTOR_RELAUNCH: 'before-first-step' });
  }
});

test('files that settings name are shipped with the functions, under names that these read', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shipped-'));
  const script = path.join(folder, 'setup.sh');
  writeFileSync(script, 'echo ready');
  try {
    const { stack } = install(() => ({
      startupScript: script,
      environment: { EXECUTOR_TLS_CA_BUNDLE: '-----BEGIN CERTIFICATE-----' },
    }));
    const { dispatcher } = environments(stack);
    expect(dispatcher).toMatchObject({
      EXECUTOR_VM_STARTUP_SCRIPT_PATH: 'startup-script',
      EXECUTOR_TLS_CA_BUNDLE: '-----BEGIN CERTIFICATE-----',
    });
    const assembly = Stage.of(stack)?.synth().directory ?? '';
    const shipped = readdirSync(assembly).map((name) => path.join(assembly, name, 'startup-script'));
    expect(shipped.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'))).toContain(
      'echo ready',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a proxy reaches the functions, and steps only when asked to', () => {
  const proxy = { https: 'http://proxy.example.com:3128', direct: ['internal.example.com'] };
  const { dispatcher, status } = environments(install(() => ({ proxy })).stack);
  for (const variables of [dispatcher, status]) {
    expect(variables).toMatchObject({ HTTPS_PROXY: proxy.https, NO_PROXY: 'internal.example.com' });
    expect(variables).not.toHaveProperty('EXECUTOR_PROXY_INTO_STEPS');
  }
  const into = environments(install(() => ({ proxy: { ...proxy, intoSteps: true } })).stack);
  expect(into.dispatcher).toMatchObject({ EXECUTOR_PROXY_INTO_STEPS: 'true' });
});

test('size rules arrive as they were given', () => {
  const { dispatcher } = environments(
    install(() => ({
      sizeRules: [
        { queue: 'batches', repository: 'github.com/acme/*', cpus: 0.5, memoryMiB: 1024, deadline: Duration.hours(2) },
      ],
    })).stack,
  );
  expect(parseDeployedSettings(dispatcher, 'dispatcher')).toMatchObject({
    settings: {
      sizeRules: [
        { queue: 'batches', repository: 'github.com/acme/*', cpus: 0.5, memory: 1024 ** 3, deadline: 7_200_000 },
      ],
    },
  });
});

test('values arrive in the units that the handlers read', () => {
  const parsed = parseDeployedSettings(plain.dispatcher, 'dispatcher');
  expect(parsed).toMatchObject({
    settings: {
      frontendUrl: 'https://sourcegraph.example.com',
      queues: { kind: 'single', name: 'batches' },
      jobNumCpus: 4,
      jobMemory: 12 * 1024 ** 3,
      jobDiskSpace: 20 * 1024 ** 3,
      maximumRuntimePerJob: 30 * 60_000,
      backend: 'fargate',
    },
    deployment: { poolName: 'executor', assignPublicIp: true, pullThroughPrefix: 'public.ecr.aws/docker/library' },
  });
});
