// Sourcegraph as one incarnation sees it: the sandbox's rules, each call with its fate on the way.
import { JobSchema } from '#sourcegraph/job.ts';
import type { Instance, Refused, Unreachable } from '#jobs/world.ts';
import type { SandboxRules } from '#local/sandbox/rules.ts';
import type { Faults } from './faults.ts';
import type { Fate, Incarnation } from './incarnation.ts';
import type { Kernel } from './kernel.ts';
import type { SourcegraphNetwork } from './sourcegraph-network.ts';

export const EXECUTOR = 'simulated-executor';
export const QUEUES: readonly string[] = ['batches', 'codeintel'];

/** What calls to Sourcegraph meet. */
export interface SourcegraphCores {
  readonly kernel: Kernel;
  readonly faults: Faults;
  readonly rules: SandboxRules;
  readonly network: SourcegraphNetwork;
  /** What the checkers want to know. */
  heartbeatSent(held: readonly { readonly queue: string; readonly jobId: number }[]): void;
  dequeueLost(queue: string, jobId: number): void;
  /** A heartbeat's answer leaves the job out. */
  forgotten(queue: string, jobId: number): void;
  beforeMark(queue: string, jobId: number, token: string | undefined, outcome: string): void;
  markRefused(queue: string, jobId: number): void;
}

export const kindOf = (answer: string | { readonly kind: string }): string =>
  typeof answer === 'string' ? answer : answer.kind;

/** Draws each call's fate. */
class Caller {
  private readonly cores: SourcegraphCores;
  private readonly life: Incarnation;

  constructor(cores: SourcegraphCores, life: Incarnation) {
    this.cores = cores;
    this.life = life;
  }

  sourcegraph<T>(
    label: string,
    signal: AbortSignal,
    effect: () => T,
    show: (answer: T | Unreachable) => string,
    onFate?: (fate: Fate) => void,
  ): Promise<T | Unreachable> {
    const weather = this.cores.network.draw();
    onFate?.(weather.fate);
    return this.life.call<T | Unreachable>({
      label,
      ...weather,
      effect,
      lost: () => ({ kind: 'unreachable', message: 'no answer' }),
      signal,
      show,
    });
  }

  /** The routes that the executor's own token opens. */
  asExecutor<T>(
    label: string,
    signal: AbortSignal,
    effect: () => T,
    show: (answer: T | Unreachable | Refused) => string,
    onFate?: (fate: Fate) => void,
  ): Promise<T | Unreachable | Refused> {
    const { network } = this.cores;
    return this.sourcegraph<T | Refused>(
      label,
      signal,
      () => (network.tokenIsOld ? { kind: 'refused', status: 401, message: 'invalid token' } : effect()),
      show,
      onFate,
    );
  }
}

export function instanceOver(cores: SourcegraphCores, life: Incarnation): Instance {
  const base = new Caller(cores, life);
  const { rules } = cores;
  return {
    authenticate: (signal) => base.asExecutor('authenticate', signal, () => 'ok' as const, kindOf),
    dequeue: (signal) => {
      let lost = false;
      return base.asExecutor(
        'dequeue',
        signal,
        () => {
          const answer = rules.dequeue({ executorName: EXECUTOR, version: '7.6.0', queues: QUEUES, several: true });
          if (answer.kind === 'empty') return { kind: 'empty' as const };
          if (answer.kind === 'error') throw new Error(`the sandbox refused a dequeue: ${JSON.stringify(answer)}`);
          if (lost || signal.aborted) cores.dequeueLost(answer.job.queue, answer.job.id);
          const job = JobSchema.parse(answer.wire);
          return { kind: 'dequeued' as const, queue: answer.job.queue, job };
        },
        (answer) => (answer.kind === 'dequeued' ? `job ${answer.job.id} of ${answer.queue}` : answer.kind),
        (fate) => {
          lost = fate === 'lost-answer' || fate === 'half-answer';
        },
      );
    },
    heartbeat: (held, signal) => {
      cores.heartbeatSent(held);
      return base.asExecutor(
        `heartbeat for ${held.length}`,
        signal,
        () => {
          const queues = QUEUES.map((queue) => ({
            queue,
            jobIds: held.filter((job) => job.queue === queue).map(({ jobId }) => jobId),
          }));
          const answer = rules.heartbeat({ executorName: EXECUTOR, held: queues, configured: QUEUES });
          if (answer.kind === 'error') throw new Error(`the sandbox refused a heartbeat: ${JSON.stringify(answer)}`);
          const name = ({ queue, id }: { queue: string; id: number }) => ({ queue, jobId: id });
          const known = answer.known.filter(({ queue, id }) => {
            const forgotten = cores.faults.strikes('sourcegraph-forgets');
            if (forgotten) cores.forgotten(queue, id);
            return !forgotten;
          });
          return { kind: 'answered' as const, known: known.map(name), cancel: answer.cancel.map(name) };
        },
        (answer) =>
          answer.kind === 'answered' ? `${answer.known.length} known, ${answer.cancel.length} cancelled` : answer.kind,
      );
    },
    mark: (job, outcome, signal) =>
      base.sourcegraph<'marked' | 'not-ours' | Refused>(
        `mark ${job.jobId} of ${job.queue} ${outcome.kind}`,
        signal,
        () => {
          const identity = {
            ...(job.token === undefined ? {} : { jobToken: job.token }),
            jobId: job.jobId,
            executorName: EXECUTOR,
          };
          cores.beforeMark(job.queue, job.jobId, job.token, outcome.kind);
          if (cores.faults.strikes('mark-refused')) {
            cores.markRefused(job.queue, job.jobId);
            return { kind: 'refused', status: cores.kernel.pick([403, 413]), message: 'refused' };
          }
          const message = outcome.kind === 'completed' ? undefined : outcome.errorMessage;
          const answer = rules.mark(job.queue, identity, outcome.kind, message);
          return answer.kind === 'marked' ? 'marked' : 'not-ours';
        },
        kindOf,
      ),
    logEntry: (job, entry, signal) =>
      base.sourcegraph<{ readonly kind: 'logged'; readonly entryId: number } | 'not-ours'>(
        `log entry of ${job.jobId}`,
        signal,
        () => {
          const identity = {
            ...(job.token === undefined ? {} : { jobToken: job.token }),
            jobId: job.jobId,
            executorName: EXECUTOR,
          };
          const full = {
            key: entry.key,
            out: entry.out,
            command: null,
            startTime: '2027-01-15T08:00:00Z',
            exitCode: 0,
          };
          if (entry.entryId !== undefined) {
            const updated = rules.updateLogEntry(job.queue, identity, entry.entryId, full);
            return updated.kind === 'updated' ? { kind: 'logged', entryId: entry.entryId } : 'not-ours';
          }
          const added = rules.addLogEntry(job.queue, identity, full);
          return added.kind === 'added' ? { kind: 'logged', entryId: added.entryId } : 'not-ours';
        },
        kindOf,
      ),
  };
}
