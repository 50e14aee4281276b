// Fresh links for a job that runs long: presigned URLs die with the session that signed them.
import { attemptId } from '../keys.ts';
import { LIMITS } from '../limits.ts';
import type { JobRecord } from '../record.ts';
import type { Millis, Stored } from '../world.ts';
import type { Shift } from './shift.ts';

export const linksAreOld = (record: JobRecord, now: Millis): boolean =>
  now - record.linksRenewedAt >= LIMITS.renewLinksMs;

export async function renewLinks(shift: Shift, { record, seen }: Stored): Promise<undefined> {
  const { world } = shift;
  const now = world.clock.now();
  if (!linksAreOld(record, now)) return;
  await world.payloads.renew(attemptId(record.key, record.attempt));
  // Lost to another change: renewed once more in the next tick, which does no harm.
  await world.jobs.change(record.key, seen, { ...record, linksRenewedAt: now });
}
