import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDockerEngine } from '#local/engines/docker/docker-engine.ts';
import { describeEngine, processesWith } from '../../../contracts/engine.ts';

const IMAGE = 'test/busybox:1';
const ORPHAN_PROGRAM = fileURLToPath(new URL('./orphan-program.ts', import.meta.url));

describeEngine('docker engine', async () => {
  const opened = await openDockerEngine({ environment: process.env });
  if (opened.kind === 'unavailable') throw new Error(opened.message);
  return {
    engine: opened.engine,
    image: IMAGE,
    orphan: async (argument) => {
      const program = spawn(process.execPath, [ORPHAN_PROGRAM, IMAGE, argument]);
      while (processesWith(argument).length < 2) await sleep(20);
      program.kill('SIGKILL');
      while (program.signalCode === null) await sleep(5);
    },
    close: () => opened.engine.close(),
  };
});
