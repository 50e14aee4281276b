// Worlds of many faults for `npm test`, half of them a file, so that two workers share them. They run as a program of
// their own, because a test's own context makes them three times slower.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';

const WORLDS = 50;
const JOBS = 100;
const PROGRAM = path.join(import.meta.dirname, 'main.ts');

/** 5,000 lives. */
export function testWorlds(first: number): void {
  const title = `${WORLDS} worlds of many faults, from seed ${first}: nothing is lost, nothing is marked twice, everything comes to rest`;
  const limits = ['--seeds', WORLDS, '--jobs', JOBS, '--seed', first, '--workers', 1].map(String);
  test(
    title,
    async () => {
      const simulation = spawn(process.execPath, [PROGRAM, ...limits], { stdio: ['ignore', 'pipe', 'ignore'] });
      const ended = new Promise((resolve) => simulation.once('close', resolve));
      const printed = await text(simulation.stdout);
      expect(printed).toContain(`${WORLDS * JOBS} job lives in ${WORLDS} worlds`);
      expect({ code: await ended, printed }).toEqual({ code: 0, printed });
    },
    300_000,
  );
}
