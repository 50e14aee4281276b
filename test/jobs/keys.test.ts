import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { attemptId, jobKey, parseAttemptId, parseJobKey } from '#jobs/keys.ts';

describe('names of jobs and attempts', () => {
  test('any queue, ID and token give a name that ECS takes, and that is read back', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.string(), fc.integer({ min: 1, max: 999 }), (queue, id, token, attempt) => {
        const key = jobKey(queue, id, token);
        const name = attemptId(key, attempt);
        expect(name).toMatch(/^[A-Za-z0-9_/-]{1,128}$/);
        expect(parseAttemptId(name)).toEqual({ kind: 'attempt', key, id: name, number: attempt });
        const parsed = parseJobKey(key);
        expect(parsed).toMatchObject({ kind: 'job', key, jobId: id });
        if (parsed.kind === 'job' && parsed.queue !== undefined) expect(parsed.queue).toBe(queue);
      }),
    );
  });

  test('each dequeue has its own', () => {
    expect(jobKey('batches', 1, 'a')).not.toBe(jobKey('batches', 1, 'b'));
    expect(jobKey('batches', 1, 'a')).not.toBe(jobKey('codeintel', 1, 'a'));
  });

  test('a queue whose name does not fit keeps its name in a hash, and does not pass for another', () => {
    const key = jobKey('a/b c', 1, 't');
    expect(parseJobKey(key)).toMatchObject({ kind: 'job', queue: undefined });
    const [replaced = ''] = key.split('/');
    expect(jobKey(replaced, 1, 't')).not.toBe(key);
  });

  test.each([
    '',
    'batches/1',
    'batches/1/0123456789ab',
    'batches/1/0123456789ab/0',
    'x/batches/1/0123456789ab/1',
    'batches/1/0123456789AB/1',
  ])('is no attempt of ours: %j', (text) => {
    expect(parseAttemptId(text).kind).toBe('unknown');
  });
});
