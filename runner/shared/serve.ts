// Carries out an engine's orders: a step-runner for each task, all in this process, each with its own environment, signals
// and end. What a step-runner keeps is in its own variables, never in the process's.
import { type Ended, OrderSchema, type RunOrder } from './messages.ts';

export interface SharedProcess {
  /** Resolves to the step-runner's exit code; a rejection is a bug, and ends the process. */
  run(order: RunOrder, signals: { readonly stop: AbortSignal; readonly kill: AbortSignal }): Promise<number>;
  send(message: Ended): void;
}

/** Returns what is to be called with each message that comes. */
export function serveOrders(shared: SharedProcess): (message: unknown) => void {
  const running = new Map<string, { readonly stop: AbortController; readonly kill: AbortController }>();
  const run = async (order: RunOrder): Promise<void> => {
    const [stop, kill] = [new AbortController(), new AbortController()];
    running.set(order.task, { stop, kill });
    const exitCode = await shared.run(order, { stop: stop.signal, kill: kill.signal });
    running.delete(order.task);
    shared.send({ kind: 'ended', task: order.task, exitCode });
  };
  return (message) => {
    const order = OrderSchema.parse(message);
    switch (order.kind) {
      case 'run':
        void run(order);
        return;
      case 'stop':
        running.get(order.task)?.stop.abort();
        return;
      case 'kill':
        running.get(order.task)?.kill.abort();
        running.get(order.task)?.stop.abort();
        return;
    }
  };
}
