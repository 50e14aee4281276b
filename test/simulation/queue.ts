// A simulated SQS queue with its Lambda: at least once, in any order, and a message whose handler dies comes again when
// its visibility time-out has passed, five times in all.
import type { Completed } from '#jobs/complete/complete.ts';
import type { ResultMessage } from '#jobs/world.ts';
import type { Faults } from './faults.ts';
import { Incarnation } from './incarnation.ts';
import type { Kernel } from './kernel.ts';

const VISIBILITY_MS = 60_000;
const RECEIVES_MAX = 5;

export interface QueueHooks {
  handle(life: Incarnation, message: ResultMessage): Promise<Completed>;
  /** Seeded defect: acknowledged before it is handled. */
  readonly acknowledgesFirst: boolean;
}

export class SimulatedQueue {
  private readonly kernel: Kernel;
  private readonly faults: Faults;
  private readonly hooks: QueueHooks;
  private lives = 0;
  private waiting = 0;
  /** What was ever sent, for a redrive of the dead-letter queue long after. */
  private readonly sent: ResultMessage[] = [];
  readonly dead: ResultMessage[] = [];

  constructor(kernel: Kernel, faults: Faults, hooks: QueueHooks) {
    this.kernel = kernel;
    this.faults = faults;
    this.hooks = hooks;
  }

  get pending(): number {
    return this.waiting;
  }

  send(message: ResultMessage): void {
    this.sent.push(message);
    const noticeLate = message.kind === 'result-stored' && this.faults.strikes('result-notice-late');
    const copies = this.faults.strikes('message-twice') ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = noticeLate || this.faults.strikes('message-late');
      this.waiting += 1;
      this.kernel.after(late ? this.kernel.between(1_000, 240_000) : this.kernel.between(20, 400), () =>
        this.receive(message, 1),
      );
    }
  }

  /** Somebody redrives the dead-letter queue days later; what was delivered long ago comes along. */
  redrive(most: number): void {
    const again = [...this.dead, ...this.sent.filter(() => this.kernel.chance(most / this.sent.length))];
    this.dead.length = 0;
    this.kernel.note(`a redrive of ${again.length} messages`);
    for (const message of again) {
      this.waiting += 1;
      this.kernel.after(this.kernel.between(0, 1_000), () => this.receive(message, 1));
    }
  }

  private receive(message: ResultMessage, times: number): void {
    this.lives += 1;
    const life = new Incarnation(this.kernel, `completion ${this.lives}`);
    if (this.faults.strikes('completion-crash')) {
      // At a call of its own, drawn here: some messages need two calls, some ten.
      let left = this.kernel.between(0, 8);
      life.onAnswer = (label) => {
        if (left-- === 0) life.kill(`as ${label} is answered`);
      };
    }
    this.kernel.note(`${life.name} receives ${message.kind}`);
    let settled = this.hooks.acknowledgesFirst;
    void this.hooks.handle(life, message).then(
      (completed) => {
        if (completed.kind !== 'retry') settled = true;
        this.kernel.note(`${life.name} ${completed.kind}`);
      },
      (error: unknown) => this.kernel.note(`${life.name} throws: ${String(error)}`),
    );
    this.kernel.after(VISIBILITY_MS, () => {
      life.alive = false;
      if (settled) this.waiting -= 1;
      else if (times < RECEIVES_MAX) this.receive(message, times + 1);
      else {
        this.waiting -= 1;
        this.dead.push(message);
        this.kernel.note(`${message.kind} goes to the dead-letter queue`);
      }
    });
  }
}
