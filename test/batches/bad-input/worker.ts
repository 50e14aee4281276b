// Runs bad inputs, told by name, in a thread whose memory is bounded.
import { parentPort } from 'node:worker_threads';
import { BAD_INPUTS } from './cases.ts';

parentPort?.on('message', (wanted: string) => {
  const found = BAD_INPUTS.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`no bad input ${wanted}`);
  parentPort?.postMessage(found.run());
});
