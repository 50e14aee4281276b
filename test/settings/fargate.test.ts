// On Fargate no setting is taken and then forgotten: each is read by the functions, or said to be of no use there.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { parseSettings } from '#settings/parse.ts';
import type { Table } from '#settings/row.ts';
import { SETTINGS } from '#settings/table.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const functions = readdirSync(path.join(ROOT, 'functions'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.join('functions', file));
const sources = [...functions, 'settings/proxies.ts', 'settings/job-resources.ts', 'settings/registry-mirrors.ts']
  .map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
  .join('\n');

/** Not read by the functions, for another reason than that they are of no use. */
const OTHERWISE: Readonly<Record<string, string>> = {
  frontendPassword: 'the stack refuses it: the token is in a secret',
  dockerAuthConfig: 'the stack refuses it: credentials are in secrets',
  queueName: 'read as one of `queues`',
  queueNames: 'read as one of `queues`',
  backend: 'set by the stack, to fargate',
  logFormat: 'set by the stack, to json',
};

const isForFargate = (row: Table[string]): boolean => row.only?.backends.includes('fargate') ?? true;

test.each(Object.entries(SETTINGS as Table).filter(([key, row]) => isForFargate(row) && !(key in OTHERWISE)))(
  '%s is read by the functions',
  (key) => expect(sources).toMatch(new RegExp(`\\b${key}\\b`)),
);

test.each(
  Object.values(SETTINGS as Table)
    .filter((row) => !isForFargate(row))
    .map((row) => [row.name, row] as const),
)('%s gives a line that says why it is of no use', (name, row) => {
  const text = ['true', '1', '1m', '[]', '{}', 'a=b', ':8080', 'Always', 'never', 'type=tmpfs,target=/x', 'x'].find(
    (one) => row.kind.read(one).ok,
  );
  const parsed = parseSettings({ EXECUTOR_BACKEND: 'fargate', [name]: text });
  expect(parsed).toMatchObject({ kind: 'settings', notices: [{ id: 'unused-by-backend', name }] });
});
