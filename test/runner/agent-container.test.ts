import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AgentContainer, openAgentContainers } from '#runner/agent-container.ts';
import { prepareControls } from '#runner/agent-control.ts';
import { AgentStatus } from '#runner/agent-status.ts';
import { hostPaths } from '#runner/task-paths.ts';

const STEP = { command: ['/bin/true'], workingDirectory: '/', environment: {} };
const never = new AbortController().signal;
const silent = (): void => undefined;

describe('a container that is not there', () => {
  let control: string;
  beforeEach(async () => {
    control = mkdtempSync(path.join(tmpdir(), 'control-'));
    await prepareControls([control]);
  });
  afterEach(() => rmSync(control, { recursive: true }));

  test('is waited for only so long', async () => {
    const container = new AgentContainer({ name: 'step-7', control, startTimeoutMs: 30 });
    const why = 'step container step-7 was lost: it was not ready within 1 s';
    expect(await container.run(STEP, silent, never)).toEqual({ kind: 'lost', container: 'step-7', why });
    container.close();
  });

  test('is waited for until the job is cancelled', async () => {
    const container = new AgentContainer({ name: 'step-7', control, startTimeoutMs: 60_000 });
    expect(await container.run(STEP, silent, AbortSignal.timeout(20))).toEqual({ kind: 'killed' });
    container.close();
  });

  test('is known to have stopped from the task metadata', async () => {
    const answers = [
      '<html>busy</html>',
      JSON.stringify({ Containers: [{ Name: 'step-7', KnownStatus: 'STOPPED', ExitCode: 127 }] }),
    ];
    const server: Server = createServer((_, answer) => answer.end(answers.shift()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const metadataUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4/x`;
    const container = new AgentContainer({ name: 'step-7', control, startTimeoutMs: 60_000, metadataUri });
    expect(await container.run(STEP, silent, never)).toMatchObject({
      kind: 'lost',
      why: 'step container step-7 was lost: it stopped with exit code 127 before it was ready',
    });
    container.close();
    server.close();
  });
});

describe('a control volume in which a hostile image was first', () => {
  let control: string;
  beforeEach(() => {
    control = mkdtempSync(path.join(tmpdir(), 'control-'));
  });
  afterEach(() => rmSync(control, { recursive: true }));

  test('a link in place of the agent is not followed', async () => {
    const target = path.join(control, 'target');
    writeFileSync(target, 'precious');
    symlinkSync(target, path.join(control, 'agent.sh'));
    expect(await prepareControls([control])).toEqual(new Map([[control, expect.stringContaining('EEXIST')]]));
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });

  test.each([
    ['a file in place of a pipe', (at: string) => writeFileSync(path.join(at, 'status'), '')],
    ['a folder in place of the agent', (at: string) => mkdirSync(path.join(at, 'agent.sh'))],
    [
      'a pipe of its own that says that all is ready',
      (at: string) => execFileSync('mkfifo', [path.join(at, 'command')]),
    ],
  ])('%s loses its own container and no other', async (_, plant) => {
    const paths = hostPaths(control, false);
    mkdirSync(paths.control('hostile'), { recursive: true });
    plant(paths.control('hostile'));
    const containers = await openAgentContainers({ paths, names: ['hostile', 'honest'], startTimeoutMs: 20 });
    const why = /^step container hostile was lost: its control volume cannot be used: /;
    expect(await containers.get('hostile')?.run(STEP, silent, never)).toMatchObject({
      why: expect.stringMatching(why),
    });
    expect(await containers.get('honest')?.run(STEP, silent, never)).toMatchObject({
      why: 'step container honest was lost: it was not ready within 1 s',
    });
    for (const container of containers.values()) container.close();
  });

  test('a file in place of a pipe is not opened', async () => {
    await prepareControls([control]);
    rmSync(path.join(control, 'status'));
    writeFileSync(path.join(control, 'status'), '');
    expect(() => new AgentContainer({ name: 'step-7', control, startTimeoutMs: 1 })).toThrow('is no pipe');
  });
});

describe('reports of the agent', () => {
  test.each<[string, string[], unknown[]]>([
    ['ready', ['ready\n'], [{ kind: 'ready' }]],
    ['an end', ['exit s3cret 0f 7 1\n'], [{ kind: 'exit', id: '0f', exitCode: 7, oomKilled: true }]],
    [
      'in pieces',
      ['exit s3cr', 'et 0f 7 ', '0\nrea', 'dy\n'],
      [{ kind: 'exit', id: '0f', exitCode: 7, oomKilled: false }, { kind: 'ready' }],
    ],
    ['another secret', ['exit secret 0f 7 0\n'], []],
    ['words missing', ['exit s3cret 0f 7\n'], []],
    ['words too many', ['exit s3cret 0f 7 0 0\n'], []],
    ['no number', ['exit s3cret 0f x 0\n'], []],
    ['a long line without end', ['z'.repeat(1_000_000), '\nready\n'], [{ kind: 'ready' }]],
    ['bytes that are no text', ['\u00ff\u00fe\n'], []],
  ])('%s', (_, pieces, expected) => {
    const status = new AgentStatus('s3cret');
    expect(pieces.flatMap((piece) => status.push(Buffer.from(piece, 'latin1')))).toEqual(expected);
  });
});
