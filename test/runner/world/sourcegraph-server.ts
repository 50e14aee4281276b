// A small Sourcegraph on a loopback port: the routes that a runner calls, with the real one's rules about tokens and
// entries, and faults that a test may order. Also the store behind the links: payload, result.
import { execFileSync, spawn } from 'node:child_process';
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';

export interface StoredEntry {
  readonly key: string;
  readonly command: readonly string[] | null;
  readonly exitCode?: number;
  readonly out?: string;
  readonly durationMs?: number;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly bodyBytes: number;
}

/** What happens to a request instead of its usual answer. */
export type Fault =
  { readonly status: number; readonly body?: string; readonly location?: string } | 'reset' | 'answer-lost';

export class SourcegraphServer {
  readonly entries: StoredEntry[] = [];
  readonly requests: SeenRequest[] = [];
  /** Objects of the store by path. */
  readonly objects = new Map<string, string>();
  readonly files = new Map<string, Buffer>();
  readonly jobToken: string;
  readonly jobId: number;
  /** Asked for each request; undefined: no fault. */
  fault: (request: { path: string; count: number }) => Fault | undefined = () => undefined;
  ours = true;
  readonly #repositories: string;
  readonly #server: http.Server;

  constructor(options: { jobToken: string; jobId: number; repositories: string }) {
    this.jobToken = options.jobToken;
    this.jobId = options.jobId;
    this.#repositories = options.repositories;
    this.#server = http.createServer((request, response) => void this.#handle(request, response));
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://host');
    const git = url.pathname.startsWith('/.executors/git/');
    const body = git ? Buffer.alloc(0) : await buffer(request);
    const seen = { method: request.method ?? '', path: url.pathname, headers: request.headers, bodyBytes: body.length };
    this.requests.push(seen);
    const fault = this.fault({ path: url.pathname, count: this.requests.length });
    if (fault === 'reset') {
      request.socket.destroy();
      return;
    }
    if (typeof fault === 'object') {
      response.writeHead(fault.status, fault.location === undefined ? {} : { location: fault.location });
      response.end(fault.body ?? '');
      return;
    }
    if (url.pathname.startsWith('/store/')) this.#store(seen.method, url.pathname, body, response);
    else if (request.headers.authorization !== `Bearer ${this.jobToken}`) response.writeHead(401).end('invalid token');
    else if (git) this.#git(url, request, response);
    else if (url.pathname.startsWith('/.executors/files/')) this.#file(url.pathname, response);
    else {
      const answer = this.#entry(url.pathname, JSON.parse(body.toString()) as StoredEntry & { entryId?: number });
      if (fault === 'answer-lost') request.socket.destroy();
      else response.writeHead(answer.status).end(answer.body);
    }
  }

  #entry(route: string, { entryId, ...entry }: StoredEntry & { entryId?: number }): { status: number; body: string } {
    const unknown = { status: 500, body: '{"error":"unknown job"}' };
    if (!this.ours) return unknown;
    if (route.endsWith('/addExecutionLogEntry')) {
      this.entries.push(entry);
      return { status: 200, body: String(this.entries.length) };
    }
    if (entryId === undefined || entryId > this.entries.length) return unknown;
    this.entries[entryId - 1] = entry;
    return { status: 204, body: '' };
  }

  #store(method: string, name: string, body: Buffer, response: http.ServerResponse): void {
    if (method === 'PUT' && this.objects.has(name)) response.writeHead(412).end();
    else if (method === 'PUT') {
      this.objects.set(name, body.toString());
      response.writeHead(200).end();
    } else if (method === 'DELETE') {
      this.objects.delete(name);
      response.writeHead(204).end();
    } else {
      const object = this.objects.get(name);
      response.writeHead(object === undefined ? 404 : 200).end(object ?? '');
    }
  }

  #file(name: string, response: http.ServerResponse): void {
    const file = this.files.get(name.slice('/.executors/files/'.length));
    response.writeHead(file === undefined ? 404 : 200).end(file ?? '');
  }

  #git(url: URL, request: http.IncomingMessage, response: http.ServerResponse): void {
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: this.#repositories,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: url.pathname.slice('/.executors/git'.length),
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'],
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    backend.stdin.on('error', () => undefined);
    request.pipe(backend.stdin);
    void buffer(backend.stdout).then((answer) => {
      const end = answer.indexOf('\r\n\r\n');
      const headers = answer
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(': ') as [string, string]);
      const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
      response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
      response.end(answer.subarray(end + 4));
    });
  }
}

/** A bare repository with one commit of these files; a value that begins with `-> ` is a symbolic link. */
export function makeRepository(root: string, name: string, files: Readonly<Record<string, string>>): string {
  const bare = path.join(root, name);
  const git = (args: readonly string[], input?: string): string =>
    execFileSync('git', ['-C', bare, ...args], { input, encoding: 'utf8', env: GIT_IDENTITY }).trim();
  execFileSync('git', ['init', '-q', '--bare', bare]);
  for (const setting of ['uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant']) git(['config', setting, 'true']);
  for (const [file, content] of Object.entries(files)) {
    const link = content.startsWith('-> ');
    const blob = git(['hash-object', '-w', '--stdin'], link ? content.slice(3) : content);
    git(['update-index', '--add', '--cacheinfo', `${link ? '120000' : '100644'},${blob},${file}`]);
  }
  const commit = git(['commit-tree', git(['write-tree']), '-m', 'first']);
  git(['update-ref', 'refs/heads/master', commit]);
  git(['tag', 'v1', commit]);
  return commit;
}

const GIT_IDENTITY = {
  PATH: process.env['PATH'],
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};
