// Images of a private registry, with the logins that an executor or a job brings, against a real registry.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import { connectDocker, type DockerClient } from '#local/engines/docker/docker-client.ts';
import { openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import { type RegistryLogin, registryHost } from '#local/engines/docker/registry-logins.ts';
import { scriptedTask } from '../../../contracts/scripted-task.ts';

const REGISTRY = '127.0.0.1:5055';
const LOGIN = { username: 'executor', password: 'right' };
const IMAGE = `${REGISTRY}/private/busybox`;

describe('a private registry', () => {
  let folder: string;
  let registry: ChildProcess;
  let client: DockerClient;
  let digest = '';

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'registry-'));
    const users = execFileSync('htpasswd', ['-Bbn', LOGIN.username, LOGIN.password], { encoding: 'utf8' });
    writeFileSync(path.join(folder, 'users'), users);
    writeFileSync(path.join(folder, 'config.yml'), registryConfig(folder));
    registry = spawn('docker-registry', ['serve', path.join(folder, 'config.yml')], { stdio: 'ignore' });
    const connection = await connectDocker(process.env);
    if (connection.kind === 'unavailable') throw new Error(connection.message);
    ({ client } = connection);
    while (!(await answers())) await sleep(20);
    digest = await push();
  }, 60_000);
  afterAll(() => {
    registry.kill();
    rmSync(folder, { recursive: true });
  });
  const answers = (): Promise<boolean> =>
    fetch(`http://${REGISTRY}/v2/`).then(
      () => true,
      () => false,
    );

  /** Pushes an image and forgets it here; resolves to its digest. */
  async function push(): Promise<string> {
    await client.getImage('test/busybox:1').tag({ repo: IMAGE, tag: '1' });
    const stream = await client.getImage(`${IMAGE}:1`).push({ authconfig: { ...LOGIN, serveraddress: REGISTRY } });
    await new Promise<void>((resolve, reject) => {
      client.modem.followProgress(stream, (error) => (error === null ? resolve() : reject(error)));
    });
    const { RepoDigests } = await client.getImage(`${IMAGE}:1`).inspect();
    await client.getImage(`${IMAGE}:1`).remove();
    return RepoDigests.find((name) => name.startsWith(IMAGE))?.split('@')[1] ?? '';
  }

  async function run(image: string, login: RegistryLogin | undefined): Promise<TaskStopped> {
    const asked: string[] = [];
    const opened = await openDockerEngine({
      environment: process.env,
      findLogin: (host) => {
        asked.push(host);
        return Promise.resolve(login);
      },
    });
    if (opened.kind === 'unavailable') throw new Error(opened.message);
    const stopped = new Promise<TaskStopped>((resolve) => opened.engine.onStopped(resolve));
    await opened.engine.start({ ...scriptedTask({ runner: 'exit 10' }, image), startedBy: 'pull' });
    const answer = await stopped;
    await opened.engine.close();
    await client
      .getImage(image)
      .remove({ force: true })
      .catch(() => undefined);
    expect(asked).toEqual([registryHost(image)]);
    return answer;
  }

  test('by tag and by digest, with the right login', async () => {
    expect((await run(`${IMAGE}:1`, LOGIN)).stopCode).toBe('EssentialContainerExited');
    expect((await run(`${IMAGE}@${digest}`, LOGIN)).stopCode).toBe('EssentialContainerExited');
  }, 60_000);

  test.each<[string, string, RegistryLogin | undefined, RegExp]>([
    ['without a login', `${IMAGE}:1`, undefined, /^CannotPullContainerError: .*(no basic auth|unauthorized)/],
    ['with a wrong login', `${IMAGE}:1`, { ...LOGIN, password: 'wrong' }, /^CannotPullContainerError: .*unauthorized/],
    ['a tag that is not there', `${IMAGE}:2`, LOGIN, /^CannotPullContainerError: .*not found: manifest unknown/],
    ['a repository that is not there', `${REGISTRY}/none:1`, LOGIN, /^CannotPullContainerError: .*not found/],
    ['a name that is none', `${REGISTRY}/UPPER:1`, LOGIN, /^CannotPullContainerError: .*invalid reference format/],
    ['a registry that is not there', '127.0.0.1:9/x:1', LOGIN, /^CannotPullContainerError: .*connection refused/],
  ])(
    '%s',
    async (_, image, login, reason) => {
      const { stopCode, stoppedReason } = await run(image, login);
      expect(stopCode).toBe('TaskFailedToStart');
      expect(stoppedReason).toMatch(reason);
      expect(stoppedReason).not.toMatch(/right|wrong/);
    },
    60_000,
  );
});

function registryConfig(folder: string): string {
  return `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${path.join(folder, 'data')} } }
http: { addr: ${REGISTRY} }
auth: { htpasswd: { realm: test, path: ${path.join(folder, 'users')} } }
`;
}
