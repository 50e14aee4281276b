// One Lambda function on this machine: its bundle runs in processes of its own, one for each invocation at a time, which
// know nothing but the deployed environment. Invocations reach them through the Runtime API; between two invocations a
// process is frozen, and after its time-out it is killed.
// Source: AWS Lambda Developer Guide, "Using the Lambda runtime API" and "Lambda execution environment".
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));

export interface LambdaOptions {
  /** The bundle that exports `handler`. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export type Invoked =
  | { readonly kind: 'response'; readonly payload: unknown }
  | { readonly kind: 'error'; readonly errorType: string; readonly errorMessage: string };

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly deadline: number;
  readonly clockOffsetMs: number;
  readonly settle: (invoked: Invoked) => void;
}

export class Lambda {
  readonly #options: LambdaOptions;
  readonly #environments: ExecutionEnvironment[] = [];
  #output = '';
  readonly #lines: { readonly timestamp: number; readonly message: string }[] = [];
  /** Milliseconds by which the clocks of its processes are ahead, from their next invocation on. */
  clockOffsetMs = 0;

  constructor(options: LambdaOptions) {
    this.#options = options;
  }

  /** All that the function has written. */
  get output(): string {
    return this.#output;
  }

  /** The same, line by line and with their times, as CloudWatch has it. */
  get lines(): readonly { readonly timestamp: number; readonly message: string }[] {
    return this.#lines;
  }

  /** Processes that were started, each of which has imported the bundle. */
  get starts(): number {
    return this.#environments.length;
  }

  async invoke(event: unknown): Promise<Invoked> {
    const idle = this.#environments.find((environment) => environment.idle);
    const environment = idle ?? (await this.#start());
    const { timeoutMs } = this.#options;
    return environment.invoke(event, timeoutMs, this.clockOffsetMs);
  }

  /** Stops the process of the oldest invocation that is under way, and lets it go on after `ms`. */
  async freezeOldest(ms: number): Promise<void> {
    const environment = this.#environments.find(({ alive, idle }) => !idle && alive);
    environment?.freeze();
    await sleep(ms);
    environment?.thaw();
  }

  /** Kills the process of the oldest invocation that is under way, as a crash of its machine does. False: there is none. */
  crashOldest(): boolean {
    return this.#crash(({ idle }) => !idle);
  }

  /** The same with the invocation of this request ID. */
  crash(invocation: string): boolean {
    return this.#crash(({ requestId }) => requestId === invocation);
  }

  async close(): Promise<void> {
    await Promise.all(this.#environments.map((environment) => environment.close()));
  }

  #crash(isMeant: (environment: ExecutionEnvironment) => boolean): boolean {
    const environment = this.#environments.find((one) => one.alive && isMeant(one));
    environment?.kill();
    return environment !== undefined;
  }

  #write(text: string): void {
    this.#output += text;
    const timestamp = Date.now();
    for (const message of text.split('\n')) if (message !== '') this.#lines.push({ timestamp, message });
  }

  async #start(): Promise<ExecutionEnvironment> {
    const environment = await ExecutionEnvironment.start(this.#options, (text) => this.#write(text));
    this.#environments.push(environment);
    return environment;
  }
}

class ExecutionEnvironment {
  readonly #server: Server;
  readonly #write: (text: string) => void;
  #process: ChildProcess | undefined;
  #asking: ServerResponse | undefined;
  #waiting: Invocation | undefined;
  #current: Invocation | undefined;
  /** Killed, or its bundle could not be imported: it is about to end. */
  #ending = false;

  private constructor(write: (text: string) => void) {
    this.#write = write;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(options: LambdaOptions, write: (text: string) => void): Promise<ExecutionEnvironment> {
    const environment = new ExecutionEnvironment(write);
    await new Promise<void>((resolve) => environment.#server.listen(0, '127.0.0.1', resolve));
    const { port } = environment.#server.address() as AddressInfo;
    const child = spawn(process.execPath, [BOOTSTRAP], {
      env: {
        ...options.environment,
        PATH: process.env['PATH'],
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        HANDLER_FILE: options.file,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (bytes: Buffer) => write(bytes.toString('utf8')));
    child.stderr.on('data', (bytes: Buffer) => write(bytes.toString('utf8')));
    child.on('exit', () =>
      environment.#settle({ kind: 'error', errorType: 'Runtime.ExitError', errorMessage: 'exited' }),
    );
    environment.#process = child;
    return environment;
  }

  get alive(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  get idle(): boolean {
    return this.alive && !this.#ending && this.#current === undefined && this.#waiting === undefined;
  }

  /** Of the invocation under way. */
  get requestId(): string | undefined {
    return this.#current?.id;
  }

  invoke(event: unknown, timeoutMs: number, clockOffsetMs: number): Promise<Invoked> {
    return new Promise((resolve) => {
      const id = randomUUID();
      const timer = setTimeout(() => this.#timeOut(id, timeoutMs), timeoutMs);
      const settle = (invoked: Invoked): void => {
        clearTimeout(timer);
        resolve(invoked);
      };
      this.#waiting = { id, event, deadline: Date.now() + clockOffsetMs + timeoutMs, clockOffsetMs, settle };
      this.thaw();
      this.#hand();
    });
  }

  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  kill(): void {
    this.#ending = true;
    this.#process?.kill('SIGKILL');
  }

  #timeOut(id: string, timeoutMs: number): void {
    const errorMessage = `${new Date().toISOString()} ${id} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
    this.#write(`${errorMessage}\n`);
    this.kill();
    this.#settle({ kind: 'error', errorType: 'Sandbox.Timedout', errorMessage });
  }

  async close(): Promise<void> {
    this.kill();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #hand(): void {
    const [response, invocation] = [this.#asking, this.#waiting];
    if (response === undefined) return;
    if (invocation === undefined) {
      // It has answered and asked for more: nothing runs until there is.
      this.freeze();
      return;
    }
    this.#asking = undefined;
    this.#waiting = undefined;
    this.#current = invocation;
    response.writeHead(200, {
      'lambda-runtime-aws-request-id': invocation.id,
      'lambda-runtime-deadline-ms': String(invocation.deadline),
      'content-type': 'application/json',
      'x-test-clock-offset-ms': String(invocation.clockOffsetMs),
    });
    response.end(JSON.stringify(invocation.event ?? null));
  }

  #settle(invoked: Invoked): void {
    const invocation = this.#current ?? this.#waiting;
    this.#current = undefined;
    this.#waiting = undefined;
    invocation?.settle(invoked);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , , scope, , outcome] = (request.url ?? '').split('/');
    if (request.method === 'GET') {
      this.#asking = response;
      this.#hand();
      return;
    }
    if (scope === 'init') this.#ending = true;
    const body = await json(request);
    response.writeHead(202).end();
    if (scope === 'invocation' && outcome === 'response') this.#settle({ kind: 'response', payload: body });
    else this.#settle({ kind: 'error', ...(body as { readonly errorType: string; readonly errorMessage: string }) });
  }
}
