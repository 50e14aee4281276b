// The results queue on one machine: every message is handed to the handler at once, and one that could not be handled
// comes again later. Like the real one it promises neither order nor once.
import type { Clock, ResultMessage, ResultsQueue } from '#jobs/world.ts';

export type Handled = { readonly kind: 'done' | 'ignored' } | { readonly kind: 'retry'; readonly why: string };

export interface MemoryQueueOptions {
  readonly clock: Clock;
  handle(message: ResultMessage): Promise<Handled>;
  /** A handler that throws has a bug: the message is not delivered again. */
  onDead(message: ResultMessage, error: unknown): void;
}

const REDELIVERY_MS = 2_000;

export class MemoryResultsQueue implements ResultsQueue {
  private readonly options: MemoryQueueOptions;
  private readonly underWay = new Set<Promise<void>>();
  private readonly closing = new AbortController();

  constructor(options: MemoryQueueOptions) {
    this.options = options;
  }

  send(message: ResultMessage): Promise<'sent'> {
    const delivered = this.deliver(message).finally(() => this.underWay.delete(delivered));
    this.underWay.add(delivered);
    return Promise.resolve('sent');
  }

  /** Resolves when all that was sent has been handled. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  /** No more redeliveries. */
  close(): void {
    this.closing.abort();
  }

  private async deliver(message: ResultMessage): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        const handled = await this.options.handle(message);
        if (handled.kind !== 'retry') return;
      } catch (error) {
        this.options.onDead(message, error);
        return;
      }
      await this.options.clock.sleep(REDELIVERY_MS, this.closing.signal);
    }
  }
}
