// What keeps failing, and how it is told: when it begins, when its reason changes, once a minute while it lasts, and when
// it is over. An instance that is away for an hour must not fill the log with one sentence.
import type { Journal, Millis } from '../world.ts';

/** Calls whose failure lasts until the same one works again. */
export type Failing = 'heartbeat' | 'dequeue' | 'tick' | 'lease' | 'tasks' | 'stops' | 'sweeps' | 'old-definitions';

const NAMES: Readonly<Record<Failing, string>> = {
  heartbeat: 'a heartbeat',
  dequeue: 'a dequeue',
  tick: 'a round of the dispatcher',
  lease: 'the lease',
  tasks: 'a look at the tasks',
  stops: 'a stop of a task',
  sweeps: 'a stop of a task without a job',
  'old-definitions': 'taking away an unused task definition',
};
const REMIND_MS = 60_000;

interface Trouble {
  readonly message: string;
  readonly since: Millis;
  readonly toldAt: Millis;
  readonly times: number;
}

export class Troubles {
  private readonly journal: Journal;
  private readonly lasting = new Map<Failing, Trouble>();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  /** `message` is a whole sentence: it names what failed. */
  failed(
    what: Failing,
    message: string,
    now: Millis,
    fields: Readonly<Record<string, unknown>> = {},
    level: 'warn' | 'error' = 'warn',
  ): void {
    const before = this.lasting.get(what);
    const times = (before?.times ?? 0) + 1;
    const isTold = before?.message === message && now - before.toldAt < REMIND_MS;
    const since = before?.since ?? now;
    this.lasting.set(what, { message, since, toldAt: isTold ? before.toldAt : now, times });
    if (isTold) return;
    this.journal.log(level, `${NAMES[what]} failed`, {
      error: message,
      ...(before === undefined ? {} : { times, forSeconds: seconds(now - since) }),
      ...fields,
    });
  }

  works(what: Failing, now: Millis): void {
    const before = this.lasting.get(what);
    if (before === undefined) return;
    this.lasting.delete(what);
    this.journal.log('info', `${NAMES[what]} works again`, {
      failed: before.times,
      forSeconds: seconds(now - before.since),
    });
  }

  /** There is nothing left to call for: whether it would work again nobody knows, and nobody needs to. */
  isMoot(what: Failing): void {
    this.lasting.delete(what);
  }

  /** All that fails at this time, in one line; empty when nothing does. */
  get summary(): string {
    return [...this.lasting.values()].map(({ message }) => message).join('; ');
  }
}

const seconds = (ms: Millis): number => Math.round(ms / 1000);
