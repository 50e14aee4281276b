// Which engine is chosen on a machine whose Docker engine does not answer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chooseEngine, type EngineChosen } from '#local/engine-choice.ts';
import { parseSettings } from '#settings/parse.ts';
import { SCRIPTED_RUNNERS } from '../contracts/scripted-task.ts';

let stateFolder: string;
beforeAll(() => void (stateFolder = mkdtempSync(path.join(tmpdir(), 'engine-choice-'))));
afterAll(() => rmSync(stateFolder, { recursive: true }));

async function choose(environment: Readonly<Record<string, string>>): Promise<EngineChosen> {
  const parsed = parseSettings(environment);
  if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.problems));
  const chosen = await chooseEngine({
    settings: parsed.settings,
    runnerCommand: () => Promise.resolve(SCRIPTED_RUNNERS),
    runnerEntryPoint: undefined,
    stateFolder,
    environment: { PATH: process.env['PATH'], DOCKER_HOST: `unix://${stateFolder}/no-engine.sock` },
    say: () => undefined,
  });
  if (chosen.kind === 'engine') await chosen.engine.close();
  return chosen;
}

test('without the setting, steps run as processes', async () => {
  expect(await choose({})).toMatchObject({ kind: 'engine', engine: { name: 'process' } });
});

test('EXECUTOR_BACKEND=docker insists, and says what is missing and what to do', async () => {
  const chosen = await choose({ EXECUTOR_BACKEND: 'docker' });
  const message = chosen.kind === 'refused' ? chosen.message : '';
  expect(message).toMatch(/^EXECUTOR_BACKEND: no Docker engine answers: .*no-engine\.sock/);
  expect(message).toMatch(/; start Docker, or name its engine in DOCKER_HOST\.$/);
});

test.each(['fargate', 'kubernetes'])('EXECUTOR_BACKEND=%s names what there is instead', async (backend) => {
  const chosen = await choose({ EXECUTOR_BACKEND: backend });
  expect(chosen.kind === 'refused' ? chosen.message : '').toMatch(/^EXECUTOR_BACKEND: .*docker or process\.$/);
});
