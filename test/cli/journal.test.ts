// The program's own log: one line an event, for people or for collectors, and no secret in either.
import { expect, test } from '@jest/globals';
import { createJournal } from '#cli/journal.ts';
import type { Journal } from '#jobs/world.ts';

function open(format: 'condensed' | 'json'): { readonly journal: Journal; readonly written: string[] } {
  const written: string[] = [];
  const journal = createJournal({
    level: 'info',
    format,
    write: (line) => void written.push(line),
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    secrets: ['hunter2', ''],
  });
  return { journal, written };
}

const JOB = { job: 'batches/7/abc', queue: 'batches', jobId: 7, attempt: 1 };

test('a line for people names the job in words, and what lies below the level is left out', () => {
  const { journal, written } = open('condensed');
  journal.log('info', 'starting -> finished', { ...JOB, outcome: 'completed', stack: undefined });
  journal.log('debug', 'nobody reads this', {});
  journal.log('warn', 'a heartbeat failed', { error: 'two\nlines', jobs: 2 });
  journal.log('error', 'lost', { ...JOB, attempt: 2 });
  expect(written).toEqual([
    '03:04:05 INFO  job 7 of batches: starting -> finished outcome=completed\n',
    '03:04:05 WARN  a heartbeat failed error=two\\nlines jobs=2\n',
    '03:04:05 ERROR job 7 of batches, attempt 2: lost\n',
  ]);
});

test('a line for collectors keeps every field', () => {
  const { journal, written } = open('json');
  journal.log('info', 'starting -> finished', JOB);
  expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
    { time: '2026-01-02T03:04:05.000Z', level: 'info', message: 'starting -> finished', ...JOB },
  ]);
});

test.each(['condensed', 'json'] as const)('no secret: %s', (format) => {
  const { journal, written } = open(format);
  journal.log('error', 'it said hunter2', { error: new Error('hunter2'), command: ['--password', 'hunter2'] });
  expect(written.join('')).toContain('SECRET_REMOVED');
  expect(written.join('')).not.toContain('hunter2');
});
