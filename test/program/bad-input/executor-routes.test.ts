// A dequeue that goes wrong, in the ways that are quick to try.
import { runExecutorRoutes } from './run-executor-routes.ts';

runExecutorRoutes(
  [
    { route: 'dequeue', fault: 'HTTP 500' },
    { route: 'dequeue', fault: 'HTTP 502 with an HTML page' },
    { route: 'heartbeat', fault: 'a truncated answer' },
    { route: 'dequeue', fault: 'a connection reset' },
    { route: 'dequeue', fault: 'HTTP 429 with Retry-After' },
  ],
  60_000,
);
