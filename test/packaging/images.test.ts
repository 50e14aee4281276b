// What the images and the compose file say must fit the rest: the version of Node, the names of settings.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { FOR_AN_INSTANCE, parseSettings } from '#settings/parse.ts';

const read = (file: string): string => readFileSync(path.join(import.meta.dirname, '..', '..', file), 'utf8');

test.each(['runner/Dockerfile', 'packaging/docker/Dockerfile'])('%s has the Node that the tests run with', (file) => {
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
  expect(read(file)).toContain(`ARG BASE=public.ecr.aws/docker/library/node:${devDependencies.node}-alpine\n`);
});

test('the compose file sets an executor up without a complaint', () => {
  const lines = read('packaging/docker/compose.yaml').matchAll(/^ {6}([A-Z_]+): (.*)$/gm);
  const given: Record<string, string> = {
    EXECUTOR_FRONTEND_URL: 'https://sourcegraph.example.com',
    EXECUTOR_FRONTEND_PASSWORD: 'token',
  };
  const environment = Object.fromEntries(
    [...lines].map(([, name = '', value = '']) => [name, given[name] ?? value.replace(/^\$\{\w+:-(.*)\}$/, '$1')]),
  );
  const parsed = parseSettings(environment, FOR_AN_INSTANCE);
  expect(parsed).toMatchObject({ kind: 'settings', notices: [], settings: { backend: 'docker' } });
});
