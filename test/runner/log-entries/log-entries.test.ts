// The sending of log entries in virtual time, against an instance that keeps entries as the real one does.
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ExecutionLogEntry } from '#sourcegraph/execution-log-entry.ts';
import { type FlushAnswer, LogEntries, type LogEntriesOptions } from '#runner/log-entries/log-entries.ts';
import type { LogEntry } from '#runner/log-entries/log-entry.ts';
import type { LogRoutes, RouteProblem } from '#runner/log-entries/routes.ts';
import { Redactor } from '#runner/redaction.ts';
import { VirtualClock } from './virtual-clock.ts';

const never = new AbortController().signal;
const away: RouteProblem = { kind: 'unreachable', message: 'away', mayHaveTakenEffect: false };

/** Keeps entries; `trouble` may put a problem in an answer's place, after or instead of the effect. */
class Instance implements LogRoutes {
  readonly entries: ExecutionLogEntry[] = [];
  readonly calls: string[] = [];
  sentBytes = 0;
  trouble: (call: string) => { readonly problem: RouteProblem; readonly tookEffect: boolean } | undefined = () =>
    undefined;

  add(entry: ExecutionLogEntry): ReturnType<LogRoutes['add']> {
    return this.#answer(`add ${entry.key}`, entry, () => {
      this.entries.push(entry);
      return { kind: 'added' as const, entryId: this.entries.length };
    });
  }

  update(entryId: number, entry: ExecutionLogEntry): ReturnType<LogRoutes['update']> {
    return this.#answer(`update ${entryId}`, entry, () => {
      if (entryId > this.entries.length) return { kind: 'unknown-job' as const };
      const before = this.entries[entryId - 1];
      if (before?.key === entry.key) expect(entry.out.length).toBeGreaterThanOrEqual(before.out.length);
      this.entries[entryId - 1] = entry;
      return { kind: 'updated' as const };
    });
  }

  #answer<A>(call: string, entry: ExecutionLogEntry, effect: () => A): Promise<A | RouteProblem> {
    this.calls.push(call);
    this.sentBytes += Buffer.byteLength(JSON.stringify(entry));
    const trouble = this.trouble(call);
    if (trouble === undefined) return Promise.resolve(effect());
    if (trouble.tookEffect) effect();
    return Promise.resolve(trouble.problem);
  }
}

let clock: VirtualClock;
let instance: Instance;
let notOurs: number;
beforeEach(() => {
  clock = new VirtualClock();
  instance = new Instance();
  notOurs = 0;
});

function open(options: Partial<LogEntriesOptions> = {}): LogEntries {
  return new LogEntries({
    clock,
    routes: instance,
    redactor: new Redactor({ hunter2: 'REDACTED' }),
    existing: 0,
    existingUncounted: false,
    notOurs: () => (notOurs += 1),
    kill: never,
    ...options,
  });
}

const print = (entry: LogEntry, text: string): void => entry.output('stdout', Buffer.from(text));

async function flushed(entries: LogEntries, hurry = never): Promise<FlushAnswer> {
  let answer: FlushAnswer | undefined;
  void entries.flush(hurry).then((value) => (answer = value));
  for (let i = 0; i < 4000 && answer === undefined; i++) await clock.pass(1000);
  if (answer === undefined) throw new Error('the flush never ended');
  return answer;
}

describe('the life of an entry', () => {
  test('added at the start, shown within a second, ended with exit code and duration', async () => {
    const entries = open();
    const entry = entries.begin('step.docker.a', ['docker', 'run', '-e', 'TOKEN=hunter2']);
    await clock.pass(50);
    expect(instance.entries).toEqual([
      { key: 'step.docker.a', command: ['docker', 'run', '-e', 'TOKEN=REDACTED'], startTime: 1_000_000, out: '' },
    ]);
    print(entry, 'first\npart');
    await clock.pass(250);
    expect(instance.entries[0]?.out).toBe('stdout: first\n');
    entry.output('stderr', Buffer.from('hunter2\n'));
    await clock.pass(1000);
    expect(instance.entries[0]?.out).toBe('stdout: first\nstderr: REDACTED\n');
    entry.end(3);
    expect(await flushed(entries)).toEqual({ kind: 'flushed' });
    expect(instance.entries[0]).toMatchObject({
      out: 'stdout: first\nstderr: REDACTED\nstdout: part\n',
      exitCode: 3,
      durationMs: 1300,
    });
  });

  test('nothing is sent while nothing is new', async () => {
    const entries = open();
    print(entries.begin('a', null), 'x\n');
    await clock.pass(60_000);
    expect(instance.calls).toEqual(['add a']);
    expect(entries.count).toBe(1);
  });

  test('a command that ended before its turn is one request', async () => {
    const entries = open();
    const entry = entries.begin('a', []);
    entry.end(0);
    expect(await flushed(entries)).toEqual({ kind: 'flushed' });
    expect(instance.calls).toEqual(['add a']);
  });

  test('entries are added in the order of their beginning', async () => {
    const entries = open();
    for (const key of ['a', 'b', 'c']) entries.begin(key, []).end(0);
    await flushed(entries);
    expect(instance.entries.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });
});

describe('the byte budget', () => {
  test.each<[name: string, seconds: number, bytesPerTick: number, tickMs: number]>([
    ['20 MB over 20 s', 20, 100_000, 100],
    ['a slow trickle', 120, 40, 500],
    ['1 MB a second for a minute', 60, 100_000, 100],
    ['a burst in a tenth of a second', 0.1, 500_000, 10],
  ])('%s: at most three times the text and 64 KiB a second', async (_, seconds, bytesPerTick, tickMs) => {
    const entries = open();
    const entry = entries.begin('step.docker.a', ['docker']);
    const line = `${'x'.repeat(Math.min(bytesPerTick, 1000) - 1)}\n`;
    for (let ms = 0; ms < seconds * 1000; ms += tickMs) {
      for (let bytes = 0; bytes < bytesPerTick; bytes += line.length) print(entry, line);
      await clock.pass(tickMs);
      if (ms === 1000) expect(instance.entries[0]?.out).not.toBe('');
    }
    entry.end(0);
    await flushed(entries);
    const text = Buffer.byteLength(instance.entries[0]?.out ?? '');
    expect(text).toBeGreaterThanOrEqual((bytesPerTick * seconds * 1000) / tickMs);
    expect(instance.sentBytes).toBeLessThanOrEqual(3 * text + 64 * 1024 * seconds);
  });

  test('a text that has doubled is sent again', async () => {
    const entries = open();
    const entry = entries.begin('step.docker.a', []);
    for (let size = 1 << 16; size <= 1 << 22; size *= 2) {
      print(entry, `${'x'.repeat(1023)}\n`.repeat(size / 1024));
      await clock.pass(1300);
      expect(instance.entries[0]?.out.length).toBeGreaterThan(size * 0.9);
    }
  });
});

describe('trouble', () => {
  test('Sourcegraph is away for minutes: the command goes on, nothing is lost', async () => {
    const entries = open();
    const back = clock.now() + 240_000;
    instance.trouble = () => (clock.now() < back ? { problem: away, tookEffect: false } : undefined);
    const entry = entries.begin('a', []);
    print(entry, 'one\n');
    await clock.pass(200_000);
    print(entry, 'two\n');
    entry.end(0);
    expect(await flushed(entries)).toEqual({ kind: 'flushed' });
    expect(instance.entries).toMatchObject([{ out: 'stdout: one\nstdout: two\n', exitCode: 0 }]);
    expect(instance.calls.length).toBeLessThan(60);
  });

  test('the task is killed: nothing more is sent', async () => {
    const kill = new AbortController();
    const entries = open({ kill: kill.signal });
    print(entries.begin('a', ['x']), 'one\n');
    await clock.pass(1000);
    const before = instance.calls.length;
    expect(before).toBeGreaterThan(0);
    kill.abort();
    print(entries.begin('b', ['y']), 'two\n');
    await flushed(entries);
    expect(instance.calls).toHaveLength(before);
  });

  test('it stays away: the flush ends, sooner when in a hurry', async () => {
    instance.trouble = () => ({ problem: away, tookEffect: false });
    const entries = open();
    entries.begin('a', []).end(0);
    const startedAt = clock.now();
    const hurry = new AbortController();
    hurry.abort();
    expect(await flushed(entries, hurry.signal)).toEqual({ kind: 'unreachable', message: 'away' });
    expect(clock.now() - startedAt).toBeLessThan(90_000);
  });

  test('the answer to an addition was lost: it is not added twice', async () => {
    const lost: RouteProblem = { kind: 'unreachable', message: 'lost', mayHaveTakenEffect: true };
    let first = true;
    instance.trouble = (call) => {
      if (call !== 'add a' || !first) return undefined;
      first = false;
      return { problem: lost, tookEffect: true };
    };
    const entries = open();
    entries.begin('a', []).end(0);
    entries.begin('b', []).end(0);
    await flushed(entries);
    expect(instance.entries.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('an addition that may have taken effect and has not is made again', async () => {
    const lost: RouteProblem = { kind: 'unreachable', message: 'lost', mayHaveTakenEffect: true };
    let first = true;
    instance.trouble = (call) => {
      if (call !== 'add a' || !first) return undefined;
      first = false;
      return { problem: lost, tookEffect: false };
    };
    const entries = open();
    entries.begin('a', []).end(0);
    expect(await flushed(entries)).toEqual({ kind: 'flushed' });
    expect(instance.entries.map(({ key }) => key)).toEqual(['a']);
    expect(notOurs).toBe(0);
  });

  test.each<[name: string, problem: RouteProblem]>([
    ['the token is dead', { kind: 'not-ours' }],
    ['the job is unknown', { kind: 'unknown-job' }],
  ])('%s: told once, and nothing more is said', async (_, problem) => {
    const entries = open();
    const entry = entries.begin('a', []);
    await clock.pass(50);
    instance.trouble = () => ({ problem, tookEffect: false });
    print(entry, 'x\n');
    await clock.pass(5000);
    expect(notOurs).toBe(1);
    const calls = instance.calls.length;
    entry.end(0);
    entries.begin('b', []).end(0);
    expect(await flushed(entries)).toEqual({ kind: 'not-ours' });
    expect(instance.calls.length).toBe(calls);
  });

  test('a refused addition fails the job, and the other entries are still sent', async () => {
    instance.trouble = (call) =>
      call === 'add a' ? { problem: { kind: 'refused', message: 'HTTP 413' }, tookEffect: false } : undefined;
    const entries = open();
    entries.begin('a', []).end(0);
    entries.begin('b', []).end(0);
    expect(await flushed(entries)).toEqual({
      kind: 'refused',
      message: 'Sourcegraph refused the log entry a: HTTP 413',
    });
    expect(instance.entries.map(({ key }) => key)).toEqual(['b']);
  });

  test('a refused update matters only when it is the last', async () => {
    const entries = open();
    const entry = entries.begin('a', []);
    await clock.pass(50);
    let refusals = 1;
    instance.trouble = () =>
      refusals-- > 0 ? { problem: { kind: 'refused', message: 'HTTP 400' }, tookEffect: false } : undefined;
    print(entry, 'x\n');
    await clock.pass(2000);
    entry.end(0);
    expect(await flushed(entries)).toEqual({ kind: 'flushed' });
  });
});

describe('a later attempt', () => {
  const old = (key: string): ExecutionLogEntry => ({ key, command: [], startTime: 1, out: 'old' });

  test('overwrites the entries of the one before, and adds only when they are used up', async () => {
    instance.entries.push(old('setup.git.init'), old('x'));
    const entries = open({ existing: 1, existingUncounted: true });
    for (const key of ['a', 'b', 'c']) entries.begin(key, []).end(0);
    expect(await flushed(entries)).toEqual({ kind: 'flushed' });
    expect(instance.entries.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect(entries.count).toBe(3);
  });

  test('overwrites what is left over', async () => {
    instance.entries.push(old('1'), old('2'), old('3'));
    const entries = open({ existing: 0, existingUncounted: true });
    entries.begin('a', []).end(0);
    await flushed(entries);
    expect(instance.entries).toMatchObject([
      { key: 'a' },
      { key: 'superseded', exitCode: 0 },
      { key: 'superseded', exitCode: 0 },
    ]);
    expect(entries.count).toBe(3);
  });

  test("takes the dispatcher's own entry over", async () => {
    instance.entries.push(old('setup.waiting'));
    const entries = open({ existing: 1 });
    entries.begin('a', []).end(0);
    entries.begin('b', []).end(0);
    await flushed(entries);
    expect(instance.entries.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(instance.calls).toEqual(['update 1', 'add b']);
  });

  // It tells of a launch that takes long, or of a wait while another dispatcher's launch comes through.
  test.each([
    ['before the first entry', 0],
    ['between two entries', 1],
  ])(
    "an entry of the dispatcher that the payload does not count, %s, moves the runner's own and stays",
    async (_, at) => {
      const entries = open();
      const keys = ['a', 'b'];
      const begun = [];
      for (const [index, key] of keys.entries()) {
        if (index === at) instance.entries.push(old('setup.launch'));
        const entry = entries.begin(key, []);
        begun.push(entry);
        await clock.pass(50);
      }
      for (const entry of begun) {
        print(entry, 'done\n');
        entry.end(0);
      }
      expect(await flushed(entries)).toEqual({ kind: 'flushed' });
      const own = keys.map((key) => ({ key, out: 'stdout: done\n', exitCode: 0 }));
      expect(instance.entries).toMatchObject([...own.slice(0, at), old('setup.launch'), ...own.slice(at)]);
      expect(entries.count).toBe(3);
    },
  );

  test('a second one that nobody counts is overwritten: it may say the same once more', async () => {
    const entries = open();
    for (const key of ['a', 'b']) {
      instance.entries.push(old('setup.launch'));
      entries.begin(key, []).end(0);
      await clock.pass(50);
    }
    await flushed(entries);
    expect(instance.entries.map(({ key }) => key)).toEqual(['setup.launch', 'a', 'superseded', 'b']);
  });

  test('the answer to the last addition is lost, and before it stands an entry of the dispatcher: nothing is there twice', async () => {
    const lost: RouteProblem = { kind: 'unreachable', message: 'lost', mayHaveTakenEffect: true };
    let lose = true;
    instance.trouble = () => {
      if (!lose) return undefined;
      lose = false;
      return { problem: lost, tookEffect: true };
    };
    instance.entries.push(old('setup.launch'));
    const entries = open();
    entries.begin('a', []).end(0);
    await flushed(entries);
    expect(instance.entries.map(({ key }) => key)).toEqual(['a', 'superseded']);
  });
});

describe('output that cannot go on', () => {
  test('a line that is too long, and a result that redaction would alter', () => {
    const entries = open();
    const post = entries.begin('step.docker.step.0.post', []);
    const result = {
      operation: 'CACHE_AFTER_STEP_RESULT',
      status: 'SUCCESS',
      metadata: { value: { diff: 'hunter2' } },
    };
    print(post, `${JSON.stringify(result)}\n`);
    expect(post.broken.aborted).toBe(true);
    expect(post.problem).toMatch(/^the diff or the outputs of this step hold a value that has to be kept secret/);
    expect(post.state().out).not.toContain('hunter2');

    const long = entries.begin('step.docker.1', []);
    const chunk = Buffer.alloc(10 * 1024 * 1024, 'x');
    for (let i = 0; i < 11; i++) long.output('stdout', chunk);
    expect(long.problem).toBe('reading process pipes: bufio.Scanner: token too long');
  });
});
