// How lasting failures are told: not each time.
import { expect, test } from '@jest/globals';
import { Troubles } from '#jobs/dispatch/troubles.ts';

function told(): { readonly troubles: Troubles; readonly lines: string[] } {
  const lines: string[] = [];
  const troubles = new Troubles({
    log: (level, message, fields) => void lines.push(`${level} ${message} ${JSON.stringify(fields)}`),
    metric: () => undefined,
  });
  return { troubles, lines };
}

test('a failure that lasts is told at its begin, once a minute, and at its end', () => {
  const { troubles, lines } = told();
  for (let second = 0; second <= 130; second += 5) troubles.failed('dequeue', 'dequeue: away', second * 1000);
  troubles.works('dequeue', 135_000);
  troubles.works('dequeue', 140_000);
  expect(lines).toEqual([
    'warn a dequeue failed {"error":"dequeue: away"}',
    'warn a dequeue failed {"error":"dequeue: away","times":13,"forSeconds":60}',
    'warn a dequeue failed {"error":"dequeue: away","times":25,"forSeconds":120}',
    'info a dequeue works again {"failed":27,"forSeconds":135}',
  ]);
});

test('another reason is told at once, and each call has its own', () => {
  const { troubles, lines } = told();
  troubles.failed('dequeue', 'dequeue: away', 0);
  troubles.failed('heartbeat', 'heartbeat: away', 1_000, { jobs: 2 });
  troubles.failed('dequeue', 'dequeue: wrong token', 2_000);
  expect(lines).toEqual([
    'warn a dequeue failed {"error":"dequeue: away"}',
    'warn a heartbeat failed {"error":"heartbeat: away","jobs":2}',
    'warn a dequeue failed {"error":"dequeue: wrong token","times":2,"forSeconds":2}',
  ]);
});

test('what still fails is one line, without a prefix of its own', () => {
  const { troubles } = told();
  expect(troubles.summary).toBe('');
  troubles.failed('dequeue', 'dequeue: away', 0);
  troubles.failed('heartbeat', 'heartbeat: away', 0);
  troubles.works('heartbeat', 1);
  expect(troubles.summary).toBe('dequeue: away');
});
