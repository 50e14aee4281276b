import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loginsOfDockerConfig } from '#local/engines/docker/docker-config.ts';
import { registryHost, registryLogins } from '#local/engines/docker/registry-logins.ts';

const auth = (text: string): string => Buffer.from(text).toString('base64');

test.each([
  ['alpine', 'docker.io'],
  ['library/alpine:3', 'docker.io'],
  ['docker.io/library/alpine', 'docker.io'],
  ['index.docker.io/library/alpine', 'docker.io'],
  ['localhost/x', 'localhost'],
  ['localhost:5000/x/y:1', 'localhost:5000'],
  ['ghcr.io/acme/x@sha256:0', 'ghcr.io'],
])('the registry of %s is %s', (image, host) => {
  expect(registryHost(image)).toBe(host);
});

describe('logins of a job or a setting', () => {
  test('entries are hosts or URLs; a password may hold anything', async () => {
    const logins = registryLogins({
      'https://index.docker.io/v1/': { auth: auth('a:b:c\0') },
      'ghcr.io': { auth: auth('user:') },
      'empty.example': { auth: '' },
    });
    if (logins.kind === 'unreadable') throw new Error(logins.registry);
    expect(await logins.find('docker.io')).toEqual({ username: 'a', password: 'b:c' });
    expect(await logins.find('ghcr.io')).toEqual({ username: 'user', password: '' });
    expect(await logins.find('empty.example')).toBeUndefined();
    expect(await logins.find('other.example')).toBeUndefined();
  });

  test.each(['user:password', auth('no colon'), auth(':no user')])('%s is named with its registry', (bad) => {
    expect(registryLogins({ 'ghcr.io': { auth: bad } })).toEqual({ kind: 'unreadable', registry: 'ghcr.io' });
  });
});

describe("this machine's `docker login`", () => {
  let folder: string;
  const warnings: string[] = [];
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'docker-config-'));
    const helper = path.join(folder, 'docker-credential-test');
    writeFileSync(
      helper,
      `#!/bin/sh
read -r host
case $host in
  https://index.docker.io/v1/) echo '{"ServerURL":"x","Username":"hub","Secret":"password"}';;
  token.example) echo '{"ServerURL":"x","Username":"<token>","Secret":"token"}';;
  broken.example) echo no JSON;;
  *) echo credentials not found in native keychain; exit 1;;
esac
`,
    );
    chmodSync(helper, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const find = (config: object | string) => {
    writeFileSync(path.join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
    const environment = { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    return loginsOfDockerConfig(environment, (message) => void warnings.push(message));
  };

  test('in the file itself', async () => {
    const auths = {
      'https://index.docker.io/v1/': { auth: auth('me:secret') },
      'ghcr.io': { auth: auth('x:y'), identitytoken: 'refresh' },
    };
    expect(await find({ auths, HttpHeaders: {} })('docker.io')).toEqual({ username: 'me', password: 'secret' });
    expect(await find({ auths })('ghcr.io')).toEqual({ identitytoken: 'refresh' });
    expect(await find({ auths })('other.example')).toBeUndefined();
  });

  test('with a credential helper, for all registries or for one', async () => {
    expect(await find({ credsStore: 'test', auths: { 'docker.io': {} } })('docker.io')).toEqual({
      username: 'hub',
      password: 'password',
    });
    expect(await find({ credHelpers: { 'token.example': 'test' } })('token.example')).toEqual({
      identitytoken: 'token',
    });
    expect(await find({ credsStore: 'test' })('unknown.example')).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test('what cannot be used is told, and there is no login', async () => {
    expect(await find({ credsStore: 'test' })('broken.example')).toBeUndefined();
    expect(await find({ credsStore: 'not-installed' })('ghcr.io')).toBeUndefined();
    expect(await find('no JSON')('ghcr.io')).toBeUndefined();
    expect(warnings).toEqual([
      'docker-credential-test gives no login for broken.example',
      'docker-credential-not-installed gives no login for ghcr.io',
      expect.stringMatching(/config\.json is not Docker's configuration/),
    ]);
    expect(warnings.join()).not.toContain('password');
  });

  test('no file: no login, and nothing to tell', async () => {
    const environment = { DOCKER_CONFIG: path.join(folder, 'none') };
    const said: string[] = [];
    expect(await loginsOfDockerConfig(environment, (message) => void said.push(message))('ghcr.io')).toBeUndefined();
    expect(said).toEqual([]);
  });
});
