// Nobody may work alone over a job. The schedule brings a stand-by within a minute; until then, and when the schedule
// fails, the holder of the lease starts one by itself, before it takes charge of its first job.
//
// S1. A dequeued job gets its record only when somebody stands by, has been asked to, or could not be asked.
// S2. What fails here is told and stops nothing: the schedule's next invocation stands by as well.
// S3. No chains: an invocation that was started to stand by asks only when it has been alone over jobs for a while, and
//     one that holds the lease asks at that pace.
import { LIMITS } from '../limits.ts';
import { within } from '../within.ts';
import { type Millis, StoreUnavailable, type World } from '../world.ts';

export interface StandByPlan {
  /** Whether this invocation itself was started to stand by. */
  readonly startedToStandBy: boolean;
  /** When this invocation begins to leave. */
  readonly until: Millis;
}

export class StandBy {
  readonly #world: World;
  /** Nobody stands by who was started as early as we were: theirs ends when ours does. */
  readonly #endsSoonAt: Millis;
  #askedAtTheEnd = false;
  #nextAt: Millis;
  #underWay: Promise<void> | undefined;

  /** `plan` undefined: nobody is expected, as on one machine. */
  constructor(world: World, plan: StandByPlan | undefined) {
    const now = world.clock.now();
    this.#world = world;
    this.#endsSoonAt = plan === undefined ? Infinity : plan.until - LIMITS.standByPaceMs;
    this.#nextAt = plan === undefined ? Infinity : now + (plan.startedToStandBy ? LIMITS.standByPaceMs : 0);
  }

  /** To be called while there are jobs; resolves soon, whether or not anybody comes. */
  assure(): Promise<void> {
    if (this.#underWay !== undefined) return this.#underWay;
    const now = this.#world.clock.now();
    const atTheEnd = now >= this.#endsSoonAt && !this.#askedAtTheEnd;
    if (!atTheEnd && now < this.#nextAt) return Promise.resolve();
    this.#nextAt = now + LIMITS.standByPaceMs;
    this.#askedAtTheEnd ||= atTheEnd;
    const asking = this.#ask(now, atTheEnd).finally(() => (this.#underWay = undefined));
    this.#underWay = asking;
    return asking;
  }

  async #ask(now: Millis, atTheEnd: boolean): Promise<void> {
    const { clock, dispatchers, journal } = this.#world;
    if (dispatchers === undefined) return;
    if (!atTheEnd && (await this.#isKnown(now))) return;
    const answer = await within(clock, LIMITS.standByCallMs, undefined, (signal) => dispatchers.startStandBy(signal));
    if (answer === 'started') {
      journal.log('info', 'nobody stands by, so a stand-by is started', {});
      return;
    }
    if (answer.kind === 'throttled') journal.metric('Throttles', 1, { Call: 'Invoke' });
    journal.log('warn', 'a stand-by could not be started; the schedule brings the next one', {
      reason: answer.kind,
      error: answer.message,
    });
  }

  async #isKnown(now: Millis): Promise<boolean> {
    try {
      return await this.#world.lease.hasStandBy(now);
    } catch (error) {
      // One too many does no harm.
      if (!(error instanceof StoreUnavailable)) throw error;
      this.#world.journal.metric('StoreFailures', 1);
      return false;
    }
  }
}
