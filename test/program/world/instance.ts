// The sandbox Sourcegraph with its strict rules behind a front that a test can make go wrong, request by request, and
// that watches all that passes.
import { randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { startSandboxHttp } from '#local/sandbox/http.ts';
import type { JobTemplate, SandboxJob } from '#local/sandbox/jobs.ts';
import { SandboxRules } from '#local/sandbox/rules.ts';
import type { StallRule } from '#local/sandbox/stall.ts';
import { sendOn } from '../../doubles/send-on.ts';
import { type Answer, type Fault, type Route } from './faults.ts';
import { Watch } from './watch.ts';

export interface InstanceOptions {
  readonly queues: readonly string[];
  /** Git directories by repository name. */
  readonly repositories: Readonly<Record<string, string>>;
  /** @default the real instance's: 25 s, three times */
  readonly stall?: StallRule;
  /** Whether jobs have tokens of their own; those of old instances have none. @default true */
  readonly jobTokens?: boolean;
  /** @default any free one */
  readonly port?: number;
}

export interface FaultRule {
  readonly route: Route;
  readonly fault: Fault;
  /** Only requests about this job. */
  readonly job?: () => SandboxJob | undefined;
  /** How many requests are hit. @default 1 */
  readonly times?: number;
}

interface ArmedRule extends FaultRule {
  left: number;
}

/** Rules that have hit nothing yet, or not as often as they were to. */
export interface Armed {
  readonly hits: () => number;
}

export class TestInstance {
  readonly rules: SandboxRules;
  readonly watch: Watch;
  readonly files = new Map<string, Buffer>();
  accessToken = `executor-${randomBytes(20).toString('hex')}`;
  url = '';
  /** Calls by route. */
  readonly calls = new Map<Route, number>();
  /** Bytes of the bodies of log entry requests. */
  logBytes = 0;
  readonly #options: InstanceOptions;
  readonly #armed: ArmedRule[] = [];
  readonly #agent = new http.Agent({ keepAlive: true });
  /** How far its clock is ahead of the machine's. */
  #aheadMs = 0;
  #front: http.Server | undefined;
  #sandbox: Awaited<ReturnType<typeof startSandboxHttp>> | undefined;
  #resetter: NodeJS.Timeout | undefined;
  #port: number;

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
    this.rules = new SandboxRules(
      { now: () => Date.now() + this.#aheadMs, fraction: Math.random, token: () => randomBytes(16).toString('hex') },
      {
        queues: options.queues,
        ...(options.stall === undefined ? {} : { stall: options.stall }),
        ...(options.jobTokens === undefined ? {} : { jobTokens: options.jobTokens }),
      },
    );
    this.watch = new Watch(this.rules, options.jobTokens !== false);
    this.watch.secret('the executor token', this.accessToken);
  }

  async start(): Promise<void> {
    this.#sandbox = await startSandboxHttp({
      rules: this.rules,
      accessToken: () => this.accessToken,
      version: '7.6.0',
      repository: (name) => this.#options.repositories[name],
      file: (name) => this.files.get(name),
      gitEnvironment: { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1' },
    });
    this.#resetter = setInterval(() => this.rules.resetStalledJobs(), 200);
    await this.up();
  }

  /** Time passes for the instance alone: whoever spoke for a job before has been silent for as long. */
  pass(ms: number): void {
    this.#aheadMs += ms;
  }

  /** The instance is back, with all that it knew, at the same address. */
  async up(): Promise<void> {
    this.watch.beginHeartbeats();
    const front = http.createServer((request, response) => {
      this.#handle(request, response).catch(() => response.socket?.destroy());
    });
    this.#front = front;
    await new Promise<void>((resolve) => void front.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (front.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.#port}`;
  }

  /** Connections are refused from now on. */
  async down(): Promise<void> {
    const front = this.#front;
    this.#front = undefined;
    if (front === undefined) return;
    await new Promise<void>((resolve) => {
      front.close(() => resolve());
      front.closeAllConnections();
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#resetter);
    await this.down();
    this.#agent.destroy();
    await this.#sandbox?.close();
  }

  enqueue(queue: string, template: JobTemplate): SandboxJob {
    return this.rules.enqueue(queue, template);
  }

  /** The next requests of a route go wrong. */
  arm(rule: FaultRule): Armed {
    const times = rule.times ?? 1;
    const armed: ArmedRule = { ...rule, left: times };
    this.#armed.push(armed);
    return { hits: () => times - armed.left };
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://instance');
    const route = routeOf(pathname);
    const job = this.#jobOf(request, pathname);
    this.calls.set(route, (this.calls.get(route) ?? 0) + 1);
    this.watch.request(route, request.headers, job);
    const body = await buffer(request);
    if (route === 'heartbeat') this.watch.heartbeat(executorOf(body), Date.now());
    if (route === 'add' || route === 'update') this.logBytes += body.length;
    const fault = this.#strike(route, job);
    if (fault?.when === 'before') {
      fault.reply(response);
      return;
    }
    if (fault?.when === 'late') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault?.when === 'twice') await this.#forward(request, body);
    const answer = await this.#forward(request, body);
    if (fault?.when === 'after') fault.reply(response, answer);
    else response.writeHead(answer.status, answer.headers as http.OutgoingHttpHeaders).end(answer.body);
  }

  #strike(route: Route, job: SandboxJob | undefined): Fault | undefined {
    const rule = this.#armed.find(
      (armed) => armed.left > 0 && armed.route === route && (armed.job === undefined || armed.job() === job),
    );
    if (rule === undefined) return undefined;
    rule.left -= 1;
    return rule.fault;
  }

  #jobOf(request: IncomingMessage, pathname: string): SandboxJob | undefined {
    const token = request.headers.authorization?.replace(/^Bearer /, '');
    const byToken = this.rules.jobs().find((job) => job.token !== undefined && job.token === token);
    if (byToken !== undefined) return byToken;
    const queue = /^\/\.executors\/queue\/([^/]+)\/[A-Za-z]+$/.exec(pathname)?.[1];
    const id = Number(request.headers['x-sourcegraph-job-id']);
    return queue === undefined || Number.isNaN(id) ? undefined : this.rules.job(queue, id);
  }

  async #forward({ headers, method = 'GET', url = '/' }: IncomingMessage, body: Buffer): Promise<Answer> {
    const answer = await sendOn(
      new URL(`${this.#sandbox?.url ?? ''}${url}`),
      { method, headers: { ...endToEnd(headers), 'content-length': String(body.length) }, agent: this.#agent },
      body,
    );
    return { ...answer, headers: endToEnd(answer.headers) };
  }
}

/** Headers without those that are about one connection only. */
function endToEnd(headers: http.IncomingHttpHeaders): http.IncomingHttpHeaders {
  const kept = { ...headers };
  for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'expect']) Reflect.deleteProperty(kept, name);
  return kept;
}

const QUEUE_ACTIONS: ReadonlyMap<string, Route> = new Map([
  ['dequeue', 'dequeue'],
  ['heartbeat', 'heartbeat'],
  ['addExecutionLogEntry', 'add'],
  ['updateExecutionLogEntry', 'update'],
  ['markComplete', 'mark'],
  ['markErrored', 'mark'],
  ['markFailed', 'mark'],
]);

function routeOf(pathname: string): Route {
  const action = /^\/\.executors\/queue\/(?:[^/]+\/)?([A-Za-z]+)$/.exec(pathname)?.[1];
  return action === undefined ? routeOfOthers(pathname) : (QUEUE_ACTIONS.get(action) ?? 'other');
}

function routeOfOthers(pathname: string): Route {
  if (pathname.startsWith('/.executors/git/')) return 'git';
  if (pathname.startsWith('/.executors/files/')) return 'files';
  if (pathname === '/.executors/test/auth') return 'auth';
  return pathname === '/.api/src-cli/version' ? 'version' : 'other';
}

function executorOf(body: Buffer): string {
  return (JSON.parse(body.toString()) as { executorName: string }).executorName;
}
