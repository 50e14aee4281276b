import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openHostContainers } from '#local/engines/process/host-containers.ts';
import type { StepContainer } from '#runner/step-container.ts';
import { processesWith } from '../../../contracts/engine.ts';
import { canIsolate } from '../../../runner/step-agent/started-agent.ts';

const ORPHAN_PROGRAM = fileURLToPath(new URL('./orphan-program.ts', import.meta.url));
const uniqueSleep = (): string => `7${randomBytes(3).readUIntBE(0, 3)}.5`;

let stateFolder: string;
beforeEach(() => {
  stateFolder = mkdtempSync(path.join(tmpdir(), 'host processes '));
});
afterEach(() => rmSync(stateFolder, { recursive: true }));

async function run(container: StepContainer | undefined, script: string, workingDirectory = '/'): Promise<string> {
  let text = '';
  const step = { command: ['/bin/sh', '-c', script], workingDirectory, environment: {} };
  await container?.run(step, (_, bytes) => (text += Buffer.from(bytes).toString()), new AbortController().signal);
  return text;
}

const ways = [
  ...(canIsolate ? [['with namespaces', 'where-possible'] as const] : []),
  ['without namespaces', 'never'] as const,
];

describe.each(ways)('step containers on the host %s', (_, isolation) => {
  const open = (names: readonly string[], repository = false) =>
    openHostContainers(stateFolder, names, {
      environment: { ...process.env, EXECUTOR_FRONTEND_PASSWORD: 'hunter2', SECRET: 'hunter2', TZ: 'Asia/Tokyo' },
      repository,
      isolation,
    });

  test('share the workspace and nothing of this program’s environment', async () => {
    const { containers, paths, close } = await open(['a', 'b']);
    await run(containers.get('a'), 'echo from a > file', paths.jobInSteps);
    expect(await run(containers.get('b'), 'cat file', paths.jobInSteps)).toBe('from a\n');
    const environment = await run(containers.get('a'), 'env');
    expect(environment).toContain('TZ=Asia/Tokyo');
    expect(environment).not.toContain('hunter2');
    await close();
    expect(readdirSync(stateFolder)).toEqual([]);
  });

  test('have a home and a place for temporary files each', async () => {
    const { containers, close } = await open(['a', 'b']);
    await run(containers.get('a'), 'echo x > "$HOME/mine"; echo x > "${TMPDIR:-/tmp}/executor-test-mine"');
    const look = '[ -e "$HOME/mine" ] || [ -e "${TMPDIR:-/tmp}/executor-test-mine" ] || echo nothing';
    expect(await run(containers.get('b'), look)).toBe('nothing\n');
    await close();
  });

  test('see the repository of a version 1 job where it belongs', async () => {
    const { containers, paths, close } = await open(['a'], true);
    mkdirSync(path.join(paths.job, 'repository'), { recursive: true });
    writeFileSync(path.join(paths.job, 'repository', 'file'), 'in the repository');
    expect(await run(containers.get('a'), 'cat file', paths.repositoryInSteps)).toBe('in the repository');
    expect(paths.repositoryInSteps.startsWith('/work')).toBe(isolation === 'where-possible');
    await close();
  });

  test('what a step made unreadable is removed all the same', async () => {
    const { containers, paths, close } = await open(['a']);
    await run(containers.get('a'), 'mkdir -p deep/er; touch deep/er/file; chmod 0 deep/er deep', paths.jobInSteps);
    await close();
    expect(readdirSync(stateFolder)).toEqual([]);
  });

  test('everything dies with the program, even at SIGKILL', async () => {
    const argument = uniqueSleep();
    const program = spawn(process.execPath, [ORPHAN_PROGRAM, stateFolder, isolation, argument]);
    while (processesWith(argument).length < 4) await sleep(20);
    program.kill('SIGKILL');
    while (processesWith(argument).length > 0) await sleep(20);
  });
});

(canIsolate ? test : test.skip)('an isolated step sees only its own container', async () => {
  const options = { environment: process.env };
  const { containers, close } = await openHostContainers(stateFolder, ['a', 'b'], options);
  const other = await openHostContainers(stateFolder, ['other'], options);
  writeFileSync(path.join(other.paths.job, 'precious'), '');
  const a = containers.get('a');
  // Its agent, the agent's child and the shell itself.
  expect((await run(a, 'for p in /proc/[0-9]*; do echo $p; done')).trim().split('\n').length).toBeLessThanOrEqual(4);
  // Nor does one that uncovers what its own view of the processes hides.
  const uncovered = await run(a, 'umount /proc && echo uncovered; for p in /proc/[0-9]*; do echo $p; done');
  expect(uncovered).toContain('uncovered\n');
  expect(uncovered.trim().split('\n').length).toBeLessThanOrEqual(16);
  expect(await run(a, 'ls -d /control/b /step-containers/*; echo end')).not.toMatch(/^\/(control|step-containers)\/./m);
  const precious = path.join(other.paths.job, 'precious');
  expect(existsSync(precious)).toBe(true);
  expect(await run(a, `ls "${precious}"`)).toMatch(/No such file|cannot access/);
  await Promise.all([close(), other.close()]);
});
