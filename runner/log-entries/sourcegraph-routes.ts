// The log routes of one job, over the executor API.
import type { JobAccess } from '#sourcegraph/access.ts';
import type { Refused, Unreachable } from '#sourcegraph/answers.ts';
import { addExecutionLogEntry } from '#sourcegraph/add-execution-log-entry.ts';
import type { Wire } from '#sourcegraph/exchange.ts';
import { updateExecutionLogEntry } from '#sourcegraph/update-execution-log-entry.ts';
import type { LogRoutes, RouteProblem } from './routes.ts';

/** `executorToken`: only where the job has no token of its own. */
export function sourcegraphRoutes(wire: Wire, access: JobAccess, executorToken: string | undefined): LogRoutes {
  return {
    async add(entry, signal) {
      const answer = await addExecutionLogEntry(wire, access, executorToken, entry, signal);
      if (answer.kind === 'added' || answer.kind === 'unknown-job') return answer;
      if (answer.kind === 'unknown-whether-added') return problem(answer.cause);
      return problem(answer);
    },
    async update(entryId, entry, signal) {
      const answer = await updateExecutionLogEntry(wire, access, executorToken, entryId, entry, signal);
      return answer.kind === 'updated' || answer.kind === 'unknown-job' ? answer : problem(answer);
    },
  };
}

function problem(answer: Refused | Unreachable): RouteProblem {
  if (answer.kind === 'unreachable') return answer;
  return isDeadToken(answer.status) ? { kind: 'not-ours' } : { kind: 'refused', message: answer.message };
}

/** A dead token gives 401; 403 is for tokens of other jobs, or of something between us and the instance. */
export const isDeadToken = (status: number): boolean => status === 401 || status === 404;
