// That the attacks would be seen to succeed: each defence of ./mutations.ts is taken away and its attack run. It builds a
// step-runner for each, so it is run when asked for: ATTACK_MUTATIONS=1 npm run test:docker -- test/attacks/mutations
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type DockerEngine, openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import { openRealJobs, RUNNER_IMAGE } from '../engines/real-job.ts';
import { runAttack, violations } from './attack.ts';
import { ATTACKS, FILES } from './attacks.ts';
import { buildHostile } from './hostile-image.ts';
import { type Mutation, MUTATIONS } from './mutations.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const PARTS = ['runner', 'batches', 'jobs', 'sourcegraph', 'settings', 'build', 'package.json', 'package-lock.json'];
const MUTANT = 'test/step-runner:mutant';

const wanted = process.env['ATTACK_MUTATIONS'] !== undefined;
(wanted ? describe : describe.skip)('an attack succeeds', () => {
  test.each(MUTATIONS)(
    '$attack, without $without',
    async (mutation) => {
      const [attack, ...more] = ATTACKS.filter(({ name }) => name.includes(mutation.attack));
      if (attack === undefined || more.length > 0) throw new Error(`no one attack is called ${mutation.attack}`);
      const opened = await openDockerEngine({ environment: process.env });
      if (opened.kind === 'unavailable') throw new Error(opened.message);
      const runnerImage = mutation.source === undefined ? RUNNER_IMAGE : buildMutant(mutation.source);
      const jobs = await openRealJobs(mutated(opened.engine, mutation), { files: FILES, runnerImage });
      try {
        if (attack.image !== undefined) buildHostile(attack.image);
        const found = violations(attack, await runAttack(attack, jobs), jobs);
        expect(found).not.toEqual([]);
        // For whoever reads the run: what it looks like when it succeeds.
        process.stdout.write(`${attack.name}:\n  ${found.map((one) => one.slice(0, 200)).join('\n  ')}\n`);
      } finally {
        await jobs.close();
      }
    },
    150_000,
  );
});

function mutated(engine: DockerEngine, { definition: change }: Mutation): DockerEngine {
  if (change === undefined) return engine;
  return new Proxy(engine, {
    get: (target, name) => {
      if (name === 'start') {
        return (wish: Parameters<DockerEngine['start']>[0]) =>
          target.start({ ...wish, definition: change(wish.definition) });
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function buildMutant({ file, from, to }: NonNullable<Mutation['source']>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'mutant-'));
  try {
    for (const part of PARTS) cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    const text = readFileSync(path.join(folder, file), 'utf8');
    if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
    writeFileSync(path.join(folder, file), text.replace(from, to));
    const options = ['--build-arg', 'BASE=test/node:1', '--network', 'none'];
    execFileSync(process.execPath, [path.join(folder, 'build', 'runner-image.ts'), MUTANT, ...options], {
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return MUTANT;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
