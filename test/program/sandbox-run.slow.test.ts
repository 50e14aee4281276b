// The same for version 1, and what goes wrong with a user's own batch spec.
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, expect, test } from '@jest/globals';
import { patchesAndCache } from './patches-and-cache.ts';
import { asItIs, Desk } from './world/desk.ts';
import type { Command } from './world/run.ts';

const desk = new Desk();
afterAll(() => desk.clear());

test.concurrent('patches, results, mounts, secrets and a cache: version 1', () => patchesAndCache(desk, 'v1'), 180_000);

test.concurrent(
  'a step that fails: exit code 1, and its own words',
  async () => {
    const run = desk.place('failing').run((spec) => spec.replace('sh /tmp/say.sh', 'echo oh no; exit 7'));
    expect(await run.ended).toBe(1);
    expect(run.output).toContain('✖ one: running command "step.docker.step.0.run": command failed with exit code 7');
    expect(run.output).toContain('2 of 2 workspaces failed');
    expect(run.output).toContain('    oh no');
  },
  180_000,
);

test.concurrent(
  'what is wrong is told with its place before anything starts',
  async () => {
    const busy = createServer();
    await new Promise<void>((resolve) => void busy.listen(0, '127.0.0.1', resolve));
    const { port } = busy.address() as AddressInfo;
    const misspelt = desk.place('misspelt');
    const rows: readonly (readonly [Command, string])[] = [
      [
        misspelt.run((spec) => spec.replace('container:', 'containr:')),
        `${misspelt.spec}:11:5: steps.0: Additional property containr is not allowed`,
      ],
      [
        desk.place('outside').run((spec) => spec.replace('scripts/say.sh', '../secrets.env')),
        'mount path ../secrets.env is not in the same directory or subdirectory as the batch spec',
      ],
      [desk.place('nowhere').run(asItIs, '--repo', desk.at('none')), `--repo ${desk.at('none')}: no such folder`],
      [desk.place('port').run(asItIs, '--port', String(port)), `--port ${port}: the sandbox cannot listen there`],
      [desk.place('option').run(asItIs, '--outt', 'x'), "Unknown option '--outt'"],
    ];
    for (const [run, words] of rows) expect([await run.ended, run.output]).toEqual([2, expect.stringContaining(words)]);
    busy.close();
  },
  180_000,
);

test.concurrent(
  'Ctrl-C in the middle of a run ends it at once',
  async () => {
    const run = desk.place('long').run((spec) => spec.replace('sh /tmp/say.sh', 'echo begun; sleep 1000'));
    await run.says('| begun');
    run.kill('SIGINT');
    expect([await run.ended, run.output]).toEqual([130, expect.stringContaining('SIGINT: stopping')]);
  },
  180_000,
);

test.concurrent(
  'a run whose output nobody reads any more goes on to its end',
  async () => {
    const place = desk.place('unread');
    const run = place.run(asItIs, '--out', `${place.folder}/out`);
    run.stopReading();
    expect(await run.ended).toBe(0);
  },
  180_000,
);
