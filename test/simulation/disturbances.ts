// Faults that strike a world as a whole, for a while: when each begins and how long it lasts.
import type { Millis } from '#jobs/world.ts';
import type { FaultName, Faults } from './faults.ts';
import type { Kernel } from './kernel.ts';
import type { SourcegraphNetwork } from './sourcegraph-network.ts';

const MINUTE: Millis = 60_000;
/** Shorter than what a job needs to be given to others. */
const RESTART_MS_MAX = 12_000;

export class Disturbances {
  private readonly kernel: Kernel;
  private readonly faults: Faults;
  private readonly network: SourcegraphNetwork;
  /** Nobody can speak to Sourcegraph before then. */
  awayUntil: Millis = 0;
  /** Nobody can speak to ECS before then; tasks run on. */
  ecsAwayUntil: Millis = 0;
  /** Nobody of ours can read or write anything before then; tasks run on. */
  storeAwayUntil: Millis = 0;
  noScheduleUntil: Millis = 0;

  constructor(kernel: Kernel, faults: Faults, network: SourcegraphNetwork) {
    this.kernel = kernel;
    this.faults = faults;
    this.network = network;
  }

  schedule(): void {
    const { kernel, network } = this;
    this.begins('sourcegraph-away', [10_000, 4 * MINUTE], [5_000, 30 * MINUTE], (ms) => {
      this.awayUntil = kernel.now + ms;
      network.goAway(ms);
      kernel.note(`Sourcegraph is away for ${Math.round(ms / 1000)} s`);
    });
    for (const from of [5_000, 90_000, 180_000]) {
      this.begins('sourcegraph-restarts', [from, from + MINUTE], [1_000, RESTART_MS_MAX], (ms) => {
        network.restart(ms);
        kernel.note(`Sourcegraph restarts and is back in ${Math.round(ms / 1000)} s`);
      });
    }
    this.begins('token-rotated', [5_000, 4 * MINUTE], [1_000, 5 * MINUTE], (ms) => {
      this.awayUntil = Math.max(this.awayUntil, kernel.now + ms);
      network.rotateToken(ms);
      kernel.note(`the executor token is changed; its secret follows in ${Math.round(ms / 1000)} s`);
    });
    this.begins('ecs-away', [10_000, 4 * MINUTE], [5_000, 25 * MINUTE], (ms) => {
      this.ecsAwayUntil = kernel.now + ms;
      kernel.note(`the API of ECS is away for ${Math.round(ms / 1000)} s`);
    });
    this.begins('store-away', [10_000, 4 * MINUTE], [1_000, 2 * MINUTE], (ms) => {
      this.storeAwayUntil = kernel.now + ms;
      kernel.note(`the stores are away for ${Math.round(ms / 1000)} s`);
    });
    this.begins('schedule-stops', [20_000, 4 * MINUTE], [MINUTE, 10 * MINUTE], (ms) => {
      this.noScheduleUntil = kernel.now + ms;
      kernel.note(`no invocation comes for ${Math.round(ms / 1000)} s`);
    });
  }

  private begins(
    name: FaultName,
    after: readonly [Millis, Millis],
    lasts: readonly [Millis, Millis],
    begin: (ms: Millis) => void,
  ): void {
    const { kernel } = this;
    if (!this.faults.strikes(name)) return;
    const ms = kernel.between(...lasts);
    kernel.after(kernel.between(...after), () => {
      if (!this.faults.over) begin(ms);
    });
  }
}
