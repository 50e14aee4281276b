// Who of several dispatchers works: one holds the lease, one stands by, a newer one makes them move up. Pure rules over
// one small document; a store reads it, applies a rule and writes it conditionally (or, in memory, at once).
//
// A holder that dies is followed when its lease lapses. A living one is followed only by a stand-by that has proven
// itself ready, and only when a still newer one is ready behind that: so there is never a moment without both.
import * as z from 'zod/mini';
import type { Millis, Role } from './world.ts';

const PlaceSchema = z.object({ id: z.string(), until: z.number(), ready: z.boolean() });

/** Each place lapses by itself at `until`. */
export const LeaseSchema = z.object({
  holder: z.optional(PlaceSchema),
  standBy: z.optional(PlaceSchema),
  /** Arrived behind the stand-by, and not ready yet. */
  newcomer: z.optional(PlaceSchema),
  /** The installation is being taken down: whoever works leaves, and nobody follows. */
  closed: z.optional(z.boolean()),
});
export type Lease = z.infer<typeof LeaseSchema>;

export interface LeaseMove {
  readonly role: Role;
  readonly lease: Lease;
}

type Place = NonNullable<Lease['holder']>;

const alive = (place: Place | undefined, now: Millis): Place | undefined =>
  place !== undefined && place.until > now ? place : undefined;

/** Lapsed places are empty, and whoever waits moves up. */
function current(lease: Lease, now: Millis): Lease {
  const places = [lease.holder, lease.standBy, lease.newcomer];
  const [holder, standBy, newcomer] = places.map((place) => alive(place, now));
  const waiting = [standBy, newcomer].filter((place) => place !== undefined);
  return compact(holder, waiting[0], waiting[1]);
}

function compact(holder: Place | undefined, standBy: Place | undefined, newcomer: Place | undefined): Lease {
  return {
    ...(holder === undefined ? {} : { holder }),
    ...(standBy === undefined ? {} : { standBy }),
    ...(newcomer === undefined ? {} : { newcomer }),
  };
}

export function arrive(lease: Lease, me: string, ttl: Millis, now: Millis): LeaseMove {
  if (lease.closed === true) return { role: 'leave', lease };
  const { holder, standBy } = current(lease, now);
  const mine: Place = { id: me, until: now + ttl, ready: false };
  if (holder?.id === me || (holder === undefined && standBy === undefined)) {
    return { role: 'holder', lease: compact(mine, standBy, undefined) };
  }
  if (standBy === undefined || standBy.id === me) return { role: 'stand-by', lease: compact(holder, mine, undefined) };
  // The newest newcomer replaces an older one, which learns to leave.
  return { role: 'stand-by', lease: compact(holder, standBy, mine) };
}

export function renew(lease: Lease, me: string, ttl: Millis, ready: boolean, now: Millis): LeaseMove {
  if (lease.closed === true) return { role: 'leave', lease };
  const { holder, standBy, newcomer } = current(lease, now);
  const mine: Place = { id: me, until: now + ttl, ready };
  if (holder?.id === me) return { role: 'holder', lease: compact(mine, standBy, newcomer) };
  if (standBy?.id === me) {
    return holder === undefined
      ? { role: 'holder', lease: compact(mine, newcomer, undefined) }
      : { role: 'stand-by', lease: compact(holder, mine, newcomer) };
  }
  if (newcomer?.id === me) {
    return ready && standBy?.ready === true
      ? { role: 'stand-by', lease: compact({ ...standBy, until: now + ttl }, mine, undefined) }
      : { role: 'stand-by', lease: compact(holder, standBy, mine) };
  }
  // Lapsed or overtaken. A holder that was only slow, and that nobody has followed, holds on.
  return holder === undefined && standBy === undefined
    ? { role: 'holder', lease: compact(mine, undefined, newcomer) }
    : { role: 'leave', lease: compact(holder, standBy, newcomer) };
}

export function leave(lease: Lease, me: string): Lease {
  if (lease.closed === true) return lease;
  const stay = (place: Place | undefined) => (place?.id === me ? undefined : place);
  const waiting = [stay(lease.standBy), stay(lease.newcomer)].filter((place) => place !== undefined);
  return compact(stay(lease.holder), waiting[0], waiting[1]);
}

export const CLOSED: Lease = { closed: true };

/** Whether somebody would follow the holder, ready or about to be. */
export function hasStandBy(lease: Lease, now: Millis): boolean {
  const { newcomer, standBy } = current(lease, now);
  return standBy !== undefined || newcomer !== undefined;
}

/** Who is alive now. */
export function standing(lease: Lease, now: Millis): Lease {
  return lease.closed === true ? lease : current(lease, now);
}
