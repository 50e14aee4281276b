// Many step-runners in one process, for an engine whose tasks share a machine: a process of its own for each would spend
// more on starting than most jobs spend on running. Here is only what ties them to the process.
import { runTaskInProcess } from '../task-in-process.ts';
import { serveOrders } from './serve.ts';

const take = serveOrders({
  run: ({ task, ...order }, signals) =>
    runTaskInProcess({ ...order, ...signals, say: (line) => console.log(`${task}: ${line}`) }),
  send: (message) => process.send?.(message),
});

process.on('message', take);
// The engine has gone: nobody waits for a result.
process.on('disconnect', () => process.exit(1));
