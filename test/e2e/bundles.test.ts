// The Lambdas as they are shipped: one file each that runs where there is no node_modules.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleFunctions, FUNCTIONS } from '#build/bundle.ts';
import { DEPLOYMENT } from '#settings/deployment.ts';
import { Lambda } from '../doubles/lambda-runtime/lambda.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'bundles-'));
const file = (name: string): string => path.join(folder, name, 'index.mjs');
beforeAll(() => bundleFunctions(folder));
afterAll(() => rmSync(folder, { recursive: true }));

const MEBIBYTE = 1024 * 1024;

test.each(FUNCTIONS)('%s is below 1 MB', (name) => {
  expect(statSync(file(name)).size).toBeLessThan(MEBIBYTE);
});

test.each(['dispatcher', 'completion'])(
  '%s without its environment fails at each invocation, with every reason at once',
  async (name) => {
    const lambda = new Lambda({ file: file(name), environment: {}, timeoutMs: 10_000 });
    try {
      for (const messageId of ['first', 'second']) {
        const invoked = await lambda.invoke({ Records: [{ messageId }] });
        expect(invoked).toMatchObject({ kind: 'error', errorType: 'InvalidSettings' });
        expect(JSON.stringify(invoked)).toContain(DEPLOYMENT.tableName.name);
        expect(JSON.stringify(invoked)).toContain('EXECUTOR_FRONTEND_URL');
      }
    } finally {
      await lambda.close();
    }
  },
);

test('the status without its environment says what is missing, instead of failing', async () => {
  const lambda = new Lambda({ file: file('status'), environment: { AWS_REGION: 'eu-west-1' }, timeoutMs: 10_000 });
  try {
    const told = await lambda.invoke({});
    expect(told).toMatchObject({ kind: 'response', payload: { verdict: 'problem' } });
    expect(JSON.stringify(told)).toContain(DEPLOYMENT.tableName.name);
  } finally {
    await lambda.close();
  }
});
