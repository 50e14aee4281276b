// A mark that Sourcegraph, or a proxy before it, answers with a definite no: not for ever, and not in silence.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { complete } from '#jobs/complete/complete.ts';
import { LIMITS } from '#jobs/limits.ts';
import type { JobOptions } from '#jobs/options.ts';
import type { JobRecord } from '#jobs/record.ts';
import type { CompletionWorld, MarkOutcome } from '#jobs/world.ts';
import { MemoryJobStore } from '#local/memory/job-store.ts';
import { aRecord } from '../../contracts/job-store.ts';

const START = 1_800_000_000_000;
const options: JobOptions = { relaunch: 'always', relaunchLimit: 3, spot: 'never' };
type Answer = Awaited<ReturnType<CompletionWorld['instance']['mark']>>;
const refused = (status: number): Answer => ({ kind: 'refused', status, message: `HTTP ${status}` });

let jobs: MemoryJobStore;
let now: number;
let marks: MarkOutcome[];
let metrics: string[];
let lines: { readonly level: string; readonly message: string; readonly fields: object }[];
let instance: (outcome: MarkOutcome) => Answer;

const record = (outcome: MarkOutcome): JobRecord => ({
  ...aRecord(1),
  state: { kind: 'finished', since: START, notBefore: START, outcome, tries: 0 },
});

async function keep(outcome: MarkOutcome): Promise<void> {
  const [reservation] = await jobs.reserve(1, 1, START + 60_000, START);
  if (reservation === undefined) throw new Error('no room');
  await jobs.create(reservation, record(outcome));
}

/** As the dispatcher asks for marks: whenever one is due, and after a while. */
async function asked(times: number): Promise<void> {
  const { key } = aRecord(1);
  for (let time = 0; time < times; time++) {
    now += LIMITS.markBackoff.capMs;
    await complete(world(), options, { kind: 'mark-due', key });
  }
}

function world(): CompletionWorld {
  return {
    clock: { now: () => now, sleep: () => new Promise(() => undefined) },
    random: { fraction: () => 0.5, id: () => '0123456789abcdef' },
    jobs,
    instance: {
      mark: (_job: unknown, outcome: MarkOutcome) => {
        marks.push(outcome);
        return Promise.resolve(instance(outcome));
      },
    },
    payloads: { remove: () => Promise.resolve(), removeJob: () => Promise.resolve() },
    journal: {
      log: (level: string, message: string, fields: object) => void lines.push({ level, message, fields }),
      metric: (name: string) => void metrics.push(name),
    },
  } as unknown as CompletionWorld;
}

const errors = () => lines.filter(({ level }) => level === 'error');

beforeEach(() => {
  jobs = new MemoryJobStore();
  now = START;
  marks = [];
  metrics = [];
  lines = [];
});

describe('one that is too large', () => {
  const errorMessage = `the step failed: ${'x'.repeat(1_000_000)}`;

  test('is sent again at once with a shorter message', async () => {
    instance = (outcome) =>
      outcome.kind !== 'completed' && outcome.errorMessage.length > 10_000 ? refused(413) : 'marked';
    await keep({ kind: 'errored', errorMessage });
    await asked(1);
    expect(marks).toHaveLength(2);
    expect(marks[1]).toMatchObject({
      kind: 'errored',
      errorMessage: expect.stringMatching(/^the step failed: x+ \.\.\. \(shortened/),
    });
    expect(await jobs.get(aRecord(1).key)).toBe('none');
    expect(metrics).toContain('JobsFailed');
    // Nobody is called for what has mended itself.
    expect(metrics).not.toContain('MarksRefused');
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringMatching(/shorter$/) }),
    );
  });

  test('and refused whatever its length, is given up as any other', async () => {
    instance = () => refused(413);
    await keep({ kind: 'errored', errorMessage });
    await asked(LIMITS.markRefusals);
    expect(marks).toHaveLength(LIMITS.markRefusals);
    expect(metrics.filter((name) => name === 'MarksRefused')).toHaveLength(LIMITS.markRefusals - 1);
    expect(await jobs.get(aRecord(1).key)).toBe('none');
  });
});

describe('one that is refused for another reason', () => {
  beforeEach(() => keep({ kind: 'completed' }));

  test('is tried again: what stands between may be mended', async () => {
    instance = () => (marks.length < LIMITS.markRefusals ? refused(403) : 'marked');
    await asked(LIMITS.markRefusals);
    expect(await jobs.get(aRecord(1).key)).toBe('none');
    expect(metrics).toContain('JobsCompleted');
  });

  test('is given up after a number of tries, and its job given back', async () => {
    instance = () => refused(400);
    await asked(LIMITS.markRefusals - 1);
    expect(await jobs.get(aRecord(1).key)).toMatchObject({ record: { state: { kind: 'finished' } } });
    await asked(5);
    expect(marks).toHaveLength(LIMITS.markRefusals);
    expect(await jobs.get(aRecord(1).key)).toBe('none');
    expect(metrics).toContain('JobsGivenBack');
    expect(metrics).not.toContain('JobsCompleted');
  });

  test('is told as what it is, with job and status', async () => {
    instance = () => refused(400);
    await asked(LIMITS.markRefusals);
    expect(metrics.filter((name) => name === 'MarksRefused')).toHaveLength(LIMITS.markRefusals);
    expect(metrics).not.toContain('SourcegraphUnreachable');
    const [first, last] = [errors()[0], errors().at(-1)];
    expect(first).toMatchObject({
      message: 'Sourcegraph refused a mark',
      fields: { job: aRecord(1).key, status: 400 },
    });
    expect(last).toMatchObject({ message: 'gives a job back: Sourcegraph refuses every mark of it' });
  });

  test('an instance that does not answer is another matter, and waited for', async () => {
    instance = () => ({ kind: 'unreachable', message: 'no answer' });
    await asked(5 * LIMITS.markRefusals);
    expect(await jobs.get(aRecord(1).key)).toMatchObject({ record: { state: { kind: 'finished' } } });
    expect(metrics).toContain('SourcegraphUnreachable');
    expect(errors()).toEqual([]);
  });
});
