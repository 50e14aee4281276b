// Kills one process once, in the middle of a call, and hears what Sourcegraph hears of the job.
import type { Lease } from '#jobs/lease-rules.ts';
import type { SandboxJob } from '#local/sandbox/jobs.ts';
import type { Passing, Watch } from '../../doubles/wire-tap.ts';
import type { Deployment } from '../deployment.ts';
import { isNew, type Moment, putLease, type Service } from './moments.ts';

interface Armed {
  readonly deployment: Deployment;
  readonly job: SandboxJob;
  lease: Lease;
}

export interface Strike {
  readonly at: number;
  /** False: the victim was not at work. */
  readonly killed: boolean;
  /** Who is to hold the lease next, by the request ID of the invocation; undefined: nobody, or completion was killed. */
  readonly heir: string | undefined;
}

export class Killer {
  readonly #moment: Moment;
  #armed: Armed | undefined;
  #heardAt: readonly number[] = [];
  /** How often Sourcegraph had heard of the job when its record was written. */
  #heardBefore = Infinity;
  #strike: Strike | undefined;

  constructor(moment: Moment) {
    this.#moment = moment;
  }

  get strike(): Strike | undefined {
    return this.#strike;
  }

  /** When Sourcegraph heard of the job: at its last dequeue, and in heartbeats since then. */
  get heardAt(): readonly number[] {
    return this.#heardAt;
  }

  /** Nothing is killed before; `lease` as it is now. */
  arm(deployment: Deployment, job: SandboxJob, lease: Lease): void {
    this.#armed = { deployment, job, lease };
  }

  watch(service: Service): Watch {
    return (passing) => Promise.resolve(this.#see(service, passing));
  }

  #see(service: Service, passing: Passing): 'pass' | 'cut' {
    const armed = this.#armed;
    if (armed === undefined) return 'pass';
    const { phase, service: where, strikes } = this.#moment;
    const before = armed.lease;
    if (service === 'sourcegraph') this.#listen(passing, armed.job);
    if (service === 'dynamoDb') armed.lease = putLease(passing) ?? before;
    if (service === 'dynamoDb' && passing.phase === 'answered' && isNew(passing))
      this.#heardBefore = this.#heardAt.length;
    const isDue = this.#strike === undefined && service === where && passing.phase === phase;
    if (!isDue || !strikes(passing, { lease: before, heard: this.#heardAt.length - this.#heardBefore })) return 'pass';
    this.#strike = { at: Date.now(), ...this.#kill(armed, before) };
    return 'cut';
  }

  #listen({ operation, phase }: Passing, { heartbeatAt }: SandboxJob): void {
    if (phase !== 'answered' || heartbeatAt === this.#heardAt.at(-1)) return;
    if (operation === 'dequeue') this.#heardAt = [heartbeatAt];
    if (operation === 'heartbeat') this.#heardAt = [...this.#heardAt, heartbeatAt];
  }

  #kill({ deployment, lease }: Armed, before: Lease): Omit<Strike, 'at'> {
    const { completion, dispatcher } = deployment;
    if (this.#moment.victim === 'completion') return { killed: completion.crashOldest(), heir: undefined };
    const victim = (this.#moment.victim === 'holder' ? before : lease).holder?.id ?? '';
    const heir = lease.holder?.id === victim ? lease.standBy?.id : lease.holder?.id;
    return { killed: dispatcher.crash(victim), heir };
  }
}
