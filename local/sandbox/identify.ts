// Who is asking: the headers of a request, judged as the real instance judges them (Sourcegraph's executorqueue
// middleware), before any rule is asked.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { JobIdentity, RuleError } from './rules.ts';

const no = (status: number, text: string): RuleError => ({ kind: 'error', status, text });

export type Caller = { readonly kind: 'executor' } | RuleError;

/** Executor routes: the executor token, and nothing else. */
export function identifyExecutor(headers: IncomingHttpHeaders, accessToken: string): Caller {
  if (accessToken === '') return no(500, 'Executors are not configured on this instance');
  const header = headers.authorization;
  if (header === undefined || header === '') return no(401, 'no token value in the HTTP Authorization request header');
  const words = header.split(' ');
  if (words.length !== 2)
    return no(401, "HTTP Authorization request header value must be of the following form: 'token-executor TOKEN'");
  if (words[0] !== 'token-executor')
    return no(401, `unrecognized HTTP Authorization request header scheme (supported values: "token-executor")`);
  return sameToken(words[1] ?? '', accessToken) ? { kind: 'executor' } : no(401, '');
}

/** Job routes: the job's own token, or, for instances whose jobs have none, the executor's. */
export function identifyJob(
  headers: IncomingHttpHeaders,
  accessToken: string,
  body: { readonly jobId?: number; readonly executorName?: string },
): { readonly kind: 'job'; readonly identity: JobIdentity } | RuleError {
  const header = headers.authorization;
  if (header === undefined || header === '') return no(401, 'no token value in the HTTP Authorization request header');
  const [scheme, token = ''] = header.split(' ');
  if (scheme === 'token-executor') {
    if (!sameToken(token, accessToken)) return no(403, '');
    return { kind: 'job', identity: { jobId: body.jobId ?? 0, executorName: body.executorName ?? '' } };
  }
  if (scheme !== 'Bearer') return no(401, 'unrecognized HTTP Authorization request header scheme');
  const jobId = headers['x-sourcegraph-job-id'];
  if (typeof jobId !== 'string' || !/^\d+$/.test(jobId)) return no(400, 'failed to parse Job ID');
  const executorName = headers['x-sourcegraph-executor-name'];
  if (typeof executorName !== 'string' || executorName === '') return no(400, 'worker hostname cannot be empty');
  if (!/^[0-9a-f]+$/.test(token)) return no(401, 'invalid token');
  return { kind: 'job', identity: { jobToken: token, jobId: Number(jobId), executorName } };
}

function sameToken(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
