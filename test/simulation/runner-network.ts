// A simulated task's network: the log routes of Sourcegraph and the store behind the task's links, as the step-runner's
// own code knows them, over calls that may be slow, lost or refused.
import type { Payload } from '#jobs/payload.ts';
import type { Millis } from '#jobs/world.ts';
import type { MemoryPayloadStore } from '#local/memory/payload-store.ts';
import type { SandboxRules } from '#local/sandbox/rules.ts';
import type { LogRoutes, RouteProblem } from '#runner/log-entries/routes.ts';
import { isDeadToken } from '#runner/log-entries/sourcegraph-routes.ts';
import { type ExecutionLogEntry, logEntryTimeoutMs } from '#sourcegraph/execution-log-entry.ts';
import type { HttpFailure, HttpResponse, HttpTransport } from '#sourcegraph/http.ts';
import type { Faults } from './faults.ts';
import type { Incarnation } from './incarnation.ts';
import type { Kernel } from './kernel.ts';
import type { SourcegraphNetwork } from './sourcegraph-network.ts';

export interface RunnerCores {
  readonly kernel: Kernel;
  readonly faults: Faults;
  readonly rules: SandboxRules;
  readonly payloads: MemoryPayloadStore;
  readonly network: SourcegraphNetwork;
}

/** What the links of simulated payloads begin with; the rest is the store's secret. */
export const STORE_URL = 'http://store/';

const STORE_LATENCY = [5, 40] as const;

export class TaskNetwork {
  private readonly cores: RunnerCores;
  private readonly life: Incarnation;
  /** Nothing of the task gets through between these. */
  private readonly cutOff: { readonly from: Millis; readonly until: Millis };
  /** What becomes of every PUT of this task. */
  private readonly results: 'stored' | 'refused' | 'lost';

  constructor(cores: RunnerCores, life: Incarnation) {
    this.cores = cores;
    this.life = life;
    const { faults, kernel } = cores;
    const from = kernel.now + (faults.strikes('runner-cut-off') ? kernel.between(0, 60_000) : Infinity);
    this.cutOff = { from, until: from === Infinity ? from : from + kernel.between(5_000, 180_000) };
    this.results = faults.strikes('result-lost') ? kernel.pick(['refused', 'lost']) : 'stored';
  }

  private get isCutOff(): boolean {
    const { faults, kernel } = this.cores;
    return !faults.over && this.cutOff.from <= kernel.now && kernel.now < this.cutOff.until;
  }

  /** Sourcegraph, as the job of this payload may speak to it. */
  logRoutes(payload: Payload): LogRoutes {
    const { rules } = this.cores;
    const { queue } = payload;
    const identity = {
      ...(payload.job.token === undefined ? {} : { jobToken: payload.job.token }),
      jobId: payload.job.id,
      executorName: payload.executorName,
    };
    return {
      add: (entry, signal) =>
        this.tell('add', entry, signal, () => {
          const answer = rules.addLogEntry(queue, identity, stored(entry));
          if (answer.kind === 'added') this.cores.kernel.note(`${this.life.name} entry ${answer.entryId} is in`);
          return answer.kind === 'added' ? answer : problem(answer.status);
        }),
      update: (entryId, entry, signal) =>
        this.tell(`update ${entryId}`, entry, signal, () => {
          const answer = rules.updateLogEntry(queue, identity, entryId, stored(entry));
          return answer.kind === 'updated' ? answer : problem(answer.status);
        }),
    };
  }

  private tell<A extends { readonly kind: string }>(
    what: string,
    entry: ExecutionLogEntry,
    signal: AbortSignal,
    effect: () => A | RouteProblem,
  ): Promise<A | RouteProblem> {
    const { kernel, network } = this.cores;
    const weather = network.draw();
    const end = entry.exitCode === undefined ? '' : ` exit ${entry.exitCode}`;
    // A refused connection surely had no effect; of a 500 nobody knows.
    const mayHaveTakenEffect = weather.fate !== 'refused' || kernel.chance(0.5);
    return this.life.call<A | RouteProblem>({
      label: `${what} ${entry.key}${end}`,
      latency: weather.latency,
      fate: this.isCutOff ? 'lost-request' : weather.fate,
      timeout: Math.min(weather.timeout, logEntryTimeoutMs(entry)),
      effect,
      lost: () => ({ kind: 'unreachable', message: 'no answer', mayHaveTakenEffect }),
      signal,
      show: (answer) => ('entryId' in answer ? String(answer.entryId) : answer.kind),
    });
  }

  /** The store, over what carries HTTP requests for the real step-runner. */
  readonly transport: HttpTransport = {
    send: ({ body = '', method, signal, timeoutMs, url }) => {
      const secret = url.href.slice(STORE_URL.length);
      const unavailable = method !== 'PUT' && this.cores.faults.strikes('store-unavailable');
      const lost = this.isCutOff || (method === 'PUT' && this.results === 'lost' && !this.cores.faults.over);
      return this.life.call<HttpResponse | HttpFailure>({
        label: `${method} ${method === 'PUT' ? 'result' : 'payload'}`,
        latency: STORE_LATENCY,
        fate: lost ? 'lost-request' : unavailable ? 'lost-answer' : 'ok',
        timeout: timeoutMs,
        effect: () => this.answer(method, secret, body),
        lost: () => NO_ANSWER,
        signal,
        show: (answer) => (answer.kind === 'response' ? String(answer.status) : answer.why),
      });
    },
    close: () => undefined,
  };

  private answer(method: string, secret: string, body: string): HttpResponse {
    const { payloads } = this.cores;
    if (method === 'GET') {
      const json = payloads.fetchPayload(secret);
      return json === undefined ? response(404) : response(200, json);
    }
    if (method === 'DELETE') {
      payloads.forgetPayload(secret);
      return response(204);
    }
    if (this.results === 'refused') return response(403);
    return response(PUT_STATUS[payloads.putResult(secret, body)]);
  }
}

const PUT_STATUS = { stored: 200, exists: 412, unknown: 403 } as const;

const NO_ANSWER: HttpFailure = {
  kind: 'failure',
  why: 'time-out',
  detail: 'no answer',
  mayHaveTakenEffect: true,
  staleConnection: false,
};

const response = (status: number, text = ''): HttpResponse => ({
  kind: 'response',
  status,
  headers: {},
  body: Buffer.from(text),
});

const stored = (entry: ExecutionLogEntry): Parameters<SandboxRules['addLogEntry']>[2] => ({
  ...entry,
  startTime: new Date(entry.startTime).toISOString(),
});

function problem(status: number): RouteProblem {
  // The instance's 500 for a job that is not this executor's, or an entry that is not there.
  if (status === 500) return { kind: 'unknown-job' };
  return isDeadToken(status) ? { kind: 'not-ours' } : { kind: 'refused', message: `HTTP ${status}` };
}
