import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arrive, CLOSED, leave, renew, standing } from '#jobs/lease-rules.ts';

test('nobody holds a closed lease, whoever comes, renews or leaves, and at any time', () => {
  const step = fc.tuple(fc.constantFrom('arrive', 'renew', 'leave'), fc.constantFrom('a', 'b', 'c'), fc.boolean());
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let lease = CLOSED;
      for (const [index, [what, me, ready]] of steps.entries()) {
        const now = index * 10_000;
        if (what === 'leave') lease = leave(lease, me);
        else {
          const move = what === 'arrive' ? arrive(lease, me, 7_000, now) : renew(lease, me, 7_000, ready, now);
          expect(move.role).toBe('leave');
          lease = move.lease;
        }
      }
      expect(lease).toEqual(CLOSED);
      expect(standing(lease, 0)).toEqual(CLOSED);
    }),
  );
});
