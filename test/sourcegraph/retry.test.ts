import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffDelay, parseRetryAfter, withRetries, type RetryPolicy } from '#sourcegraph/retry.ts';
import { always, virtualClock } from './virtual-time.ts';

const NOON = Date.parse('2026-11-24T12:00:00Z');

test.each([
  ['none', undefined, undefined],
  ['empty', '', undefined],
  ['seconds', '3', 3000],
  ['seconds with space', ' 3 ', 3000],
  ['zero', '0', 0],
  ['a day is cut to ten minutes', '86400', 600_000],
  ['a number too large for anything', '9'.repeat(400), 600_000],
  ['negative', '-1', undefined],
  ['fraction', '1.5', undefined],
  ['word', 'soon', undefined],
  ['HTTP date ahead', 'Tue, 24 Nov 2026 12:00:07 GMT', 7000],
  ['HTTP date behind', 'Tue, 24 Nov 2026 11:00:00 GMT', 0],
  ['HTTP date, old form', 'Tuesday, 24-Nov-26 12:00:07 GMT', 7000],
  ['date that is none', 'Xxx, 99 Foo 2026 99:99:99 GMT', undefined],
])('Retry-After: %s', (_name, header, expected) => {
  expect(parseRetryAfter(header, NOON)).toBe(expected);
});

const policy: RetryPolicy = { attemptsMax: 10, elapsedMsMax: 60_000, firstDelayMs: 100, delayMsMax: 1000 };

test.each([
  ['first wait at most', 1, 1, undefined, 100],
  ['first wait at least', 1, 0, undefined, 0],
  ['doubles', 3, 1, undefined, 400],
  ['stops at the bound', 9, 1, undefined, 1000],
  ['half of it by chance', 3, 0.5, undefined, 200],
  ['what the server asked for, and jitter on top', 1, 0.5, 2000, 2050],
])('backoff: %s', (_name, attempt, fraction, retryAfterMs, expected) => {
  expect(backoffDelay(policy, attempt, fraction, retryAfterMs)).toBe(expected);
});

test('backoff stays within its bounds for any attempt', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, chance) => {
        const delay = backoffDelay(policy, attempt, chance, undefined);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(policy.delayMsMax);
      },
    ),
  );
});

describe('withRetries', () => {
  const run = async (answers: readonly string[], use: RetryPolicy, signal?: AbortSignal) => {
    const clock = virtualClock();
    const seen: number[] = [];
    const last = await withRetries(
      use,
      { clock, random: always(1) },
      signal,
      (number) => {
        seen.push(number);
        return Promise.resolve(answers[Math.min(number, answers.length) - 1] ?? '');
      },
      (answer) => (answer === 'good' ? 'done' : { retryAfterMs: answer === 'wait' ? 5000 : undefined }),
    );
    return { last, attempts: seen.length, sleeps: clock.sleeps };
  };

  test('ends with the first good answer', async () => {
    expect(await run(['bad', 'bad', 'good'], policy)).toEqual({ last: 'good', attempts: 3, sleeps: [100, 200] });
  });
  test('hands over the last answer when attempts are used up', async () => {
    expect(await run(['bad'], { ...policy, attemptsMax: 2 })).toEqual({ last: 'bad', attempts: 2, sleeps: [100] });
  });
  test('waits as long as asked', async () => {
    expect(await run(['wait', 'good'], policy)).toEqual({ last: 'good', attempts: 2, sleeps: [5100] });
  });
  test('does not begin an attempt beyond the time allowed', async () => {
    expect(await run(['bad', 'wait'], { ...policy, elapsedMsMax: 4000 })).toMatchObject({ last: 'wait', attempts: 2 });
  });
  test('does not sleep once aborted', async () => {
    expect(await run(['bad'], policy, AbortSignal.abort())).toEqual({ last: 'bad', attempts: 1, sleeps: [] });
  });
});
