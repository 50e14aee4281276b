// Git smart HTTP out of real repositories, by git's own CGI program (`git http-backend`), fetch only.
import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface GitRequest {
  /** The repository on disk: bare, or a work tree's `.git`. */
  readonly gitDirectory: string;
  /** `/info/refs` or `/git-upload-pack`. */
  readonly service: string;
  readonly query: string;
}

// An executor fetches one commit by its ID, shallow or without blobs; the owner of a repository on a developer's machine
// is seldom the one who runs this program. Both must be allowed per call: nobody's configuration is touched.
const CONFIG: readonly (readonly [string, string])[] = [
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['uploadpack.allowFilter', 'true'],
  ['http.receivepack', 'false'],
  ['safe.directory', '*'],
];

/** Answers one request with what git says; ends the answer. `environment` is what git needs to run (PATH, HOME). */
export function serveGit(
  git: GitRequest,
  request: IncomingMessage,
  answer: ServerResponse,
  environment: NodeJS.ProcessEnv,
): void {
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...environment,
      ...Object.fromEntries(
        CONFIG.flatMap(([key, value], index) => [
          [`GIT_CONFIG_KEY_${index}`, key],
          [`GIT_CONFIG_VALUE_${index}`, value],
        ]),
      ),
      GIT_CONFIG_COUNT: String(CONFIG.length),
      GIT_PROJECT_ROOT: git.gitDirectory,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: git.service,
      QUERY_STRING: git.query,
      REQUEST_METHOD: request.method ?? 'GET',
      ...header('CONTENT_TYPE', request.headers['content-type']),
      ...header('CONTENT_LENGTH', request.headers['content-length']),
      ...header('HTTP_CONTENT_ENCODING', request.headers['content-encoding']),
      ...header('GIT_PROTOCOL', request.headers['git-protocol']),
    },
  });
  child.on('error', () => fail(answer));
  child.stdin.on('error', () => child.kill());
  request.pipe(child.stdin);
  answer.on('close', () => child.kill());
  let head = Buffer.alloc(0);
  let headSent = false;
  child.stdout.on('data', (chunk: Buffer) => {
    if (headSent) {
      if (!answer.write(chunk)) {
        child.stdout.pause();
        answer.once('drain', () => child.stdout.resume());
      }
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    headSent = true;
    sendHead(head.subarray(0, end).toString('latin1'), answer);
    answer.write(head.subarray(end + 4));
  });
  child.stdout.on('end', () => (headSent ? answer.end() : fail(answer)));
}

function sendHead(head: string, answer: ServerResponse): void {
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (name.toLowerCase() === 'status') answer.statusCode = Number(value.slice(0, 3));
    else answer.setHeader(name, value);
  }
}

function fail(answer: ServerResponse): void {
  if (!answer.headersSent) answer.statusCode = 502;
  answer.end();
}

function header(name: string, value: string | string[] | undefined): Record<string, string> {
  return typeof value === 'string' ? { [name]: value } : {};
}
