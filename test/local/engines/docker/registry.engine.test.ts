// Images of a private registry, with the logins that an executor or a job brings, against a real registry.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TaskStopped } from '#jobs/task-stopped.ts';
import type { SandboxJob } from '#local/sandbox/jobs.ts';
import { connectDocker, type DockerClient } from '#local/engines/docker/docker-client.ts';
import { openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import { type RegistryLogin, registryHost, registryLogins } from '#local/engines/docker/registry-logins.ts';
import { scriptedTask } from '../../../contracts/scripted-task.ts';
import { openRealJobs, RUNNER_IMAGE } from '../../../engines/real-job.ts';

const REGISTRY = '127.0.0.1:5055';
const LOGIN = { username: 'executor', password: 'open-sesame' };
const IMAGE = `${REGISTRY}/private/busybox`;
const auth = ({ username, password }: typeof LOGIN): string =>
  Buffer.from(`${username}:${password}`).toString('base64');
const RIGHT = { [REGISTRY]: { auth: auth(LOGIN) } };
const WRONG = { [REGISTRY]: { auth: auth({ ...LOGIN, password: 'not-the-password' }) } };
/** What must be seen nowhere. */
const SECRETS = [LOGIN.password, 'not-the-password', auth(LOGIN), auth({ ...LOGIN, password: 'not-the-password' })];
const foreign = process.arch === 'arm64' ? 'amd64' : 'arm64';

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
    digest = await push('test/busybox:1', '1');
    await pushForeign();
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
  async function push(image: string, tag: string): Promise<string> {
    const name = `${IMAGE}:${tag}`;
    await client.getImage(image).tag({ repo: IMAGE, tag });
    const stream = await client.getImage(name).push({ authconfig: { ...LOGIN, serveraddress: REGISTRY } });
    await new Promise<void>((resolve, reject) => {
      client.modem.followProgress(stream, (error) => (error === null ? resolve() : reject(error)));
    });
    const { RepoDigests } = await client.getImage(name).inspect();
    await client.getImage(name).remove();
    return RepoDigests.find((one) => one.startsWith(IMAGE))?.split('@')[1] ?? '';
  }

  /** An image for another processor, alone (tag `foreign`) and in a list of images for several (`list`). */
  async function pushForeign(): Promise<void> {
    const archive = mkdtempSync(path.join(folder, 'foreign-'));
    const inArchive = (...words: string[]): Buffer => execFileSync('tar', ['-C', archive, ...words]);
    execFileSync('docker', ['save', '-o', path.join(folder, 'saved.tar'), 'test/busybox:1']);
    inArchive('-xf', path.join(folder, 'saved.tar'));
    const [{ Config: config }] = JSON.parse(readFileSync(path.join(archive, 'manifest.json'), 'utf8')) as [
      { Config: string },
    ];
    const configuration = JSON.parse(readFileSync(path.join(archive, config), 'utf8')) as object;
    writeFileSync(path.join(archive, config), JSON.stringify({ ...configuration, architecture: foreign }));
    const manifest = readFileSync(path.join(archive, 'manifest.json'), 'utf8');
    writeFileSync(path.join(archive, 'manifest.json'), manifest.replace('test/busybox:1', 'foreign:1'));
    rmSync(path.join(archive, 'repositories'));
    inArchive('-cf', path.join(folder, 'foreign.tar'), '.');
    execFileSync('docker', ['load', '-q', '-i', path.join(folder, 'foreign.tar')]);
    const pushed = await push('foreign:1', 'foreign');
    await client.getImage('foreign:1').remove();
    const manifests = `http://${REGISTRY}/v2/private/busybox/manifests`;
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
    const authorization = `Basic ${auth(LOGIN)}`;
    const found = await fetch(`${manifests}/${pushed}`, { headers: { authorization, accept: mediaType } });
    const size = (await found.arrayBuffer()).byteLength;
    const platform = { architecture: foreign, os: 'linux' };
    const list = 'application/vnd.docker.distribution.manifest.list.v2+json';
    const put = await fetch(`${manifests}/list`, {
      method: 'PUT',
      headers: { authorization, 'content-type': list },
      body: JSON.stringify({
        schemaVersion: 2,
        mediaType: list,
        manifests: [{ mediaType, size, digest: pushed, platform }],
      }),
    });
    expect(put.status).toBe(201);
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
    [
      'with a wrong login',
      `${IMAGE}:1`,
      { ...LOGIN, password: 'not-the-password' },
      /^CannotPullContainerError: .*unauthorized/,
    ],
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
      for (const secret of SECRETS) expect(stoppedReason).not.toContain(secret);
    },
    60_000,
  );

  test('a mirror is asked for the images of Docker Hub, and only for those', async () => {
    await client.getImage('test/busybox:1').tag({ repo: `${REGISTRY}/mirror/library/mirrored`, tag: '1' });
    const name = `${REGISTRY}/mirror/library/mirrored:1`;
    const stream = await client.getImage(name).push({ authconfig: { ...LOGIN, serveraddress: REGISTRY } });
    await new Promise((resolve) => client.modem.followProgress(stream, resolve));
    await client.getImage(name).remove();
    const opened = await openDockerEngine({
      environment: process.env,
      mirrors: ['127.0.0.1:9', `${REGISTRY}/mirror/`],
      findLogin: () => Promise.resolve(LOGIN),
    });
    if (opened.kind === 'unavailable') throw new Error(opened.message);
    const ends: TaskStopped[] = [];
    opened.engine.onStopped((stopped) => ends.push(stopped));
    for (const image of ['mirrored:1', 'docker.io/library/mirrored:1'])
      await opened.engine.start({ ...scriptedTask({ runner: 'exit 10' }, image), startedBy: image });
    while (ends.length < 2) await sleep(10);
    expect(ends.map(({ stopCode }) => stopCode)).toEqual(['EssentialContainerExited', 'EssentialContainerExited']);
    await opened.engine.close();
    await client.getImage(name).remove({ force: true });
  }, 60_000);

  type Auths = Readonly<Record<string, { readonly auth: string }>>;
  const hasRunner = execFileSync('docker', ['images', '-q', RUNNER_IMAGE], { encoding: 'utf8' }) !== '';

  (hasRunner ? describe : describe.skip)('in a job', () => {
    async function runJob(image: string, executors: Auths, jobs: Auths): Promise<SandboxJob> {
      const logins = registryLogins(executors);
      if (logins.kind === 'unreadable') throw new Error(logins.registry);
      const opened = await openDockerEngine({ environment: process.env, findLogin: logins.find });
      if (opened.kind === 'unavailable') throw new Error(opened.message);
      const world = await openRealJobs(opened.engine);
      const running = world.run([{ image, commands: ['echo begun; sleep 0.3'] }], {
        dockerAuthConfig: { auths: jobs },
      });
      let over = false;
      void running.finally(() => (over = true));
      let inspected = '';
      while (!over) {
        const containers = await client.listContainers({ all: true });
        for (const { Id } of containers)
          inspected += JSON.stringify(
            await client
              .getContainer(Id)
              .inspect()
              .catch(() => ''),
          );
        await sleep(50);
      }
      const job = await running;
      await world.close();
      await client
        .getImage(image)
        .remove({ force: true })
        .catch(() => undefined);
      const seen = `${JSON.stringify(job.logs)}${job.failureMessage ?? ''}${world.said.join('')}${inspected}`;
      for (const secret of SECRETS) expect(seen).not.toContain(secret);
      return job;
    }

    test.each<[string, Auths, Auths]>([
      ["the executor's login", RIGHT, {}],
      ["the job's, in place of the executor's", WRONG, RIGHT],
    ])(
      'pulls with %s',
      async (_, executors, jobs) => {
        const job = await runJob(`${IMAGE}:1`, executors, jobs);
        expect([job.state, job.failureMessage]).toEqual(['completed', undefined]);
      },
      60_000,
    );

    const login = 'the secret DOCKER_AUTH_CONFIG in Sourcegraph, or EXECUTOR_DOCKER_AUTH_CONFIG of the executor';
    const isPrivate = `step 0: the image ${IMAGE}:1 is private or does not exist: check its name and tag, and give the login for its registry (${login}).`;
    test.each<[string, string, Auths, Auths, string]>([
      ['no login', `${IMAGE}:1`, {}, {}, isPrivate],
      ["the job's logins, without this registry", `${IMAGE}:1`, RIGHT, { 'ghcr.io': { auth: auth(LOGIN) } }, isPrivate],
      [
        'a wrong password',
        `${IMAGE}:1`,
        RIGHT,
        WRONG,
        `the image ${IMAGE}:1 cannot be pulled because its registry refuses the login: correct ${login}.`,
      ],
      [
        'a login that is none',
        `${IMAGE}:1`,
        RIGHT,
        { [REGISTRY]: { auth: LOGIN.password } },
        `the job's login for the registry ${REGISTRY} is not base64 of user:password; correct DOCKER_AUTH_CONFIG among the secrets of Sourcegraph`,
      ],
      [
        'a tag that is not there',
        `${IMAGE}:2`,
        RIGHT,
        {},
        `the image ${IMAGE}:2 does not exist: check its name and tag, and whether this executor may pull it.`,
      ],
      [
        'an image of another architecture',
        `${IMAGE}:foreign`,
        RIGHT,
        {},
        `the image ${IMAGE}:foreign does not exist for the executor's processor architecture: use an image that is built for it.`,
      ],
      [
        'a list without this architecture',
        `${IMAGE}:list`,
        RIGHT,
        {},
        `the image ${IMAGE}:list does not exist for the executor's processor architecture: use an image that is built for it.`,
      ],
    ])(
      '%s is told in one sentence',
      async (_, image, executors, jobs, sentence) => {
        const job = await runJob(image, executors, jobs);
        expect(job.state).toBe('errored');
        expect(job.failureMessage).toContain(sentence.replace(/^step 0: /, ''));
      },
      60_000,
    );
  });
});

function registryConfig(folder: string): string {
  return `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${path.join(folder, 'data')} } }
http: { addr: ${REGISTRY} }
auth: { htpasswd: { realm: test, path: ${path.join(folder, 'users')} } }
`;
}
