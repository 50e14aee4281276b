// Every fault of a dequeue and of a heartbeat.
import { FAULT_NAMES } from '../world/faults.ts';
import { runExecutorRoutes } from './run-executor-routes.ts';

runExecutorRoutes(
  FAULT_NAMES.flatMap((fault) => [
    { route: 'dequeue', fault },
    { route: 'heartbeat', fault },
  ]),
  60_000,
);
