import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeText, encodeText } from '#batches/go/text.ts';
import { canIsolate, processesWith, shells, startAgent, type StartedAgent } from './started-agent.ts';

const uniqueSleep = (): string => `8${randomBytes(3).readUIntBE(0, 3)}.75`;
const ended = (exitCode: number) => ({ kind: 'exited', exitCode, oomKilled: false });

describe.each(shells)('the agent in %s', (shell) => {
  let agent: StartedAgent;
  beforeAll(async () => {
    const foreign = { AWS_SECRET_ACCESS_KEY: 'a', ECS_AGENT_URI: 'b', EXECUTOR_TOKEN: 'c\nd', AWSOME: 'kept' };
    agent = await startAgent({ shell, environment: { ...foreign, QUOTED: `it's "so"\n$HOME` } });
  });
  afterAll(() => agent[Symbol.dispose]());

  test.each([0, 1, 77, 255])('tells exit code %i', async (code) => {
    expect((await agent.run({ script: `exit ${code}` })).end).toEqual(ended(code));
  });

  test('a signal is 128 and its number', async () => {
    expect((await agent.run({ script: 'kill -TERM $$' })).end).toEqual(ended(143));
    expect((await agent.run({ script: 'kill -INT $$; sleep 1' })).end).toEqual(ended(130));
  });

  test('a command that is not there, a folder that is not there', async () => {
    expect((await agent.run({ command: ['/no/such/program'] })).end).toEqual(ended(127));
    const nowhere = await agent.run({ script: 'exit 0', workingDirectory: '/no/such/folder' });
    expect(nowhere.end).toEqual(ended(125));
    expect(nowhere.stderr).toContain('/no/such/folder');
  });

  test('streams apart, standard input empty, no descriptor of the agent', async () => {
    const ran = await agent.run({ script: 'echo out; echo err >&2; read -r x || echo no input; : >&4' });
    expect(ran.stdout).toBe('out\nno input\n');
    expect(ran.stderr).toMatch(/^err\n.*4/);
  });

  test('the image keeps its environment, what is ours and of AWS is gone, even from /proc/1/environ', async () => {
    const ran = await agent.run({ script: 'env; tr "\\0" "\\n" < /proc/1/environ; cat /proc/$PPID/environ' });
    expect(ran.stdout).toContain(`QUOTED=it's "so"\n$HOME\n`);
    expect(ran.stdout).toContain('AWSOME=kept');
    expect(ran.stdout).not.toMatch(/AWS_|ECS_|EXECUTOR_/);
  });

  test('any environment and any folder name reach the step as they are', async () => {
    const environment = { A: `'"\\\n$(exit 1)\`\t`, UID: '7', 'with.dot': '1', AWS_REGION: 'asked for', EMPTY: '' };
    const ran = await agent.run({ command: ['env', '-0'], environment });
    const seen = ran.stdout.split('\0');
    for (const [name, value] of Object.entries(environment)) expect(seen).toContain(`${name}=${value}`);
  });

  (canIsolate ? test : test.skip)('nothing of a step survives its end', async () => {
    const argument = uniqueSleep();
    const script = `trap '' TERM HUP; sleep ${argument} & (setsid sleep ${argument} &); (trap '' TERM; nohup setsid sh -c "sleep ${argument}; true" & ) ; echo $$`;
    expect((await agent.run({ script })).end).toEqual(ended(0));
    expect(processesWith(argument)).toEqual([]);
  });

  (canIsolate ? test : test.skip)('hundreds of orphans die with their step', async () => {
    const argument = uniqueSleep();
    const script = `i=0; while [ $i -lt 200 ]; do (sleep ${argument} &); i=$((i+1)); done`;
    expect((await agent.run({ script })).end).toEqual(ended(0));
    expect(processesWith(argument)).toEqual([]);
  });

  test('abort: what ignores every signal is dead when it is told, and the next step runs', async () => {
    const argument = uniqueSleep();
    const controller = new AbortController();
    const script = `trap '' TERM INT HUP; setsid sleep ${argument} & echo here; while :; do sleep ${argument}; done`;
    const running = agent.run({ script }, controller.signal);
    while (processesWith(argument).length < 2) await sleep(5);
    controller.abort();
    expect((await running).end).toEqual({ kind: 'killed' });
    expect(processesWith(argument)).toEqual([]);
    expect((await agent.run({ script: 'echo still here' })).stdout).toBe('still here\n');
  });

  test('output comes while the step runs', async () => {
    const gate = path.join(agent.control, 'gate');
    let opened = false;
    const end = await agent.container.run(
      {
        command: ['/bin/sh', '-c', `echo first; until [ -e ${gate} ]; do sleep 0.01; done; echo second`],
        workingDirectory: '/',
        environment: {},
      },
      (_, bytes) => {
        if (!opened && Buffer.from(bytes).toString() === 'first\n') writeFileSync(gate, '');
        opened = true;
      },
      new AbortController().signal,
    );
    expect(end).toEqual(ended(0));
  });

  test('all of a large output arrives', async () => {
    const ran = await agent.run({ script: 'head -c 5000000 /dev/zero | tr "\\0" x; echo end >&2' });
    expect([ran.stdout.length, ran.stderr]).toEqual([5_000_000, 'end\n']);
  });

  test('files are put in their place and taken away, what stood there comes back', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'copies-'));
    const at = (name: string): string => path.join(folder, name);
    writeFileSync(at('new'), 'new');
    writeFileSync(at('old'), 'old');
    const copies = [
      { from: at('new'), to: at('old') },
      { from: at('new'), to: at('deep/er/file') },
    ];
    const ran = await agent.run({ script: `cat ${at('old')} ${at('deep/er/file')}`, copies });
    expect(ran).toEqual({ end: ended(0), stdout: 'newnew', stderr: '' });
    expect(readFileSync(at('old'), 'utf8')).toBe('old');
    expect(existsSync(at('deep/er/file'))).toBe(false);
    rmSync(folder, { recursive: true });
  });

  test('a file that cannot be put in its place ends the step before it starts', async () => {
    const ran = await agent.run({ script: 'echo ran', copies: [{ from: '/no/such/file', to: '/tmp/never' }] });
    expect(ran.end).toEqual(ended(125));
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain('/no/such/file');
  });

  test('forged reports and commands change nothing', async () => {
    const script = [
      `for forged in "exit x 0 0 0" "run x y" ready "kill x" "$(head -c 3000 /dev/zero | tr '\\0' z)"; do`,
      `echo "$forged" > ${agent.control}/status; echo "$forged" > ${agent.control}/command; done`,
      `id=$(ls ${agent.control} | grep step-); echo "exit guess \${id#step-} 0 0" > ${agent.control}/status`,
      'sleep 0.05; echo late; exit 9',
    ].join('\n');
    expect(await agent.run({ script })).toEqual({ end: ended(9), stdout: 'late\n', stderr: '' });
    expect((await agent.run({ script: 'exit 4' })).end).toEqual(ended(4));
  });

  test('an unfinished line in the report pipe hides no report', async () => {
    const script = `printf 'unfinished' > ${agent.control}/status; exit 8`;
    expect((await agent.run({ script })).end).toEqual(ended(8));
  });

  test('a step cannot change the agent by changing its file', async () => {
    const script = `echo 'echo "hacked" >&4; exit 0' > ${agent.control}/agent.sh`;
    expect((await agent.run({ script })).end).toEqual(ended(0));
    expect((await agent.run({ script: 'exit 5' })).end).toEqual(ended(5));
  });

  test('a step that tells its agent to end still has its own end', async () => {
    using other = await startAgent({ shell });
    expect((await other.run({ script: 'kill -TERM $PPID; kill -KILL $PPID; exit 6' })).end).toEqual(
      canIsolate ? ended(6) : expect.objectContaining({ kind: 'lost' }),
    );
  });

  test("a step that takes its agent's pipes away loses its container, no more", async () => {
    using other = await startAgent({ shell });
    expect((await other.run({ script: `rm ${other.control}/std* && : > ${other.control}/stdout` })).end).toEqual(
      ended(0),
    );
    expect((await other.run({ script: 'exit 0' })).end).toMatchObject({ kind: 'lost', why: /stdout.* is no pipe/ });
  });

  test('no file of a step is left in the control volume', async () => {
    await agent.run({ script: 'exit 0' });
    expect(readdirSync(agent.control).filter((name) => name.startsWith('step-'))).toEqual([]);
  });
});

test('environment values of any bytes arrive byte for byte', async () => {
  using agent = await startAgent();
  const value = fc.uint8Array({ maxLength: 30 }).map((bytes) => bytes.filter((byte) => byte > 0));
  const values = fc.sample(value, { numRuns: 200, seed: 7 });
  const environment = Object.fromEntries(values.map((bytes, index) => [`V${index}`, decodeText(bytes)]));
  const chunks: Uint8Array[] = [];
  await agent.container.run(
    { command: ['env', '-0'], workingDirectory: '/', environment },
    (_, bytes) => chunks.push(bytes),
    new AbortController().signal,
  );
  const seen = Buffer.concat(chunks).toString('latin1').split('\0');
  for (const [name, text] of Object.entries(environment)) {
    expect(seen).toContain(`${name}=${Buffer.from(encodeText(text)).toString('latin1')}`);
  }
});

test('a step whose environment holds a NUL byte is refused, in words', async () => {
  using agent = await startAgent();
  const ran = await agent.run({ script: 'echo never', environment: { A: 'x\0y' } });
  expect(ran).toMatchObject({ end: ended(125), stdout: '', stderr: /NUL byte/ });
});

describe('an agent that dies', () => {
  test('is noticed within two seconds, while a step runs and before the next one', async () => {
    using agent = await startAgent();
    const argument = uniqueSleep();
    const running = agent.run({ script: `sleep ${argument}` });
    while (processesWith(argument).length === 0) await sleep(5);
    const killed = performance.now();
    agent.process.kill('SIGKILL');
    const { end } = await running;
    expect(end).toMatchObject({
      kind: 'lost',
      container: 'step-0',
      why: /step-0 was lost: it ended while the step ran/,
    });
    expect((await agent.run({ script: 'exit 0' })).end).toMatchObject({ kind: 'lost' });
    expect(performance.now() - killed).toBeLessThan(2000);
  });

  test('ends by itself when the runner has gone', async () => {
    using agent = await startAgent();
    await agent.run({ script: 'exit 0' });
    agent.container.close();
    while (agent.process.exitCode === null) await sleep(5);
  });

  test('SIGTERM ends an idle one', async () => {
    using agent = await startAgent({ isolated: false, options: { processMarker: 'none' } });
    await agent.run({ script: 'exit 0' });
    agent.process.kill('SIGTERM');
    while (agent.process.exitCode === null) await sleep(5);
    expect(agent.process.exitCode).toBe(143);
  });
});
