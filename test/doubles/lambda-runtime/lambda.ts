// One Lambda function on this machine: its bundle runs in processes of its own, one for each invocation at a time, which
// know nothing but the deployed environment. Invocations reach them through the Runtime API.
// Source: AWS Lambda Developer Guide, "Using the Lambda runtime API" and "Lambda execution environment".
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  readonly settle: (invoked: Invoked) => void;
}

export class Lambda {
  readonly #options: LambdaOptions;
  readonly #environments: ExecutionEnvironment[] = [];
  #output = '';

  constructor(options: LambdaOptions) {
    this.#options = options;
  }

  /** All that the function has written. */
  get output(): string {
    return this.#output;
  }

  async invoke(event: unknown): Promise<Invoked> {
    const idle = this.#environments.find((environment) => environment.idle);
    const environment = idle ?? (await this.#start());
    return environment.invoke(event, this.#options.timeoutMs);
  }

  /** Kills the process of the oldest invocation that is under way, as a crash of its machine does. */
  crashOldest(): void {
    this.#environments.find((environment) => !environment.idle && environment.alive)?.kill();
  }

  async close(): Promise<void> {
    await Promise.all(this.#environments.map((environment) => environment.close()));
  }

  async #start(): Promise<ExecutionEnvironment> {
    const environment = await ExecutionEnvironment.start(this.#options, (text) => (this.#output += text));
    this.#environments.push(environment);
    return environment;
  }
}

class ExecutionEnvironment {
  readonly #server: Server;
  #process: ChildProcess | undefined;
  #asking: ServerResponse | undefined;
  #waiting: Invocation | undefined;
  #current: Invocation | undefined;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(options: LambdaOptions, write: (text: string) => void): Promise<ExecutionEnvironment> {
    const environment = new ExecutionEnvironment();
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
    return this.alive && this.#current === undefined && this.#waiting === undefined;
  }

  invoke(event: unknown, timeoutMs: number): Promise<Invoked> {
    return new Promise((resolve) => {
      this.#waiting = { id: randomUUID(), event, deadline: Date.now() + timeoutMs, settle: resolve };
      this.#hand();
    });
  }

  kill(): void {
    this.#process?.kill('SIGKILL');
  }

  async close(): Promise<void> {
    this.kill();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #hand(): void {
    const [response, invocation] = [this.#asking, this.#waiting];
    if (response === undefined || invocation === undefined) return;
    this.#asking = undefined;
    this.#waiting = undefined;
    this.#current = invocation;
    response.writeHead(200, {
      'lambda-runtime-aws-request-id': invocation.id,
      'lambda-runtime-deadline-ms': String(invocation.deadline),
      'content-type': 'application/json',
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
    const body = await readJson(request);
    response.writeHead(202).end();
    if (scope === 'invocation' && outcome === 'response') this.#settle({ kind: 'response', payload: body });
    else this.#settle({ kind: 'error', ...(body as { readonly errorType: string; readonly errorMessage: string }) });
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}
