// One request to the executor API and what its answer means before any route looks at it: which statuses are answers,
// which are refusals, and which only say that Sourcegraph was not there. Bodies are data, however broken.
import * as z from 'zod/mini';
import type { Refused, Trouble, Unreachable } from './answers.ts';
import type { Headers } from './access.ts';
import { describeRefusal, describeTrouble, isNotConfigured, isUnknownQueue } from './connection-trouble.ts';
import type { HttpFailure, HttpResponse, HttpTransport } from './http.ts';
import { parseRetryAfter } from './retry.ts';
import { troubleOfStatus } from './status.ts';

/** What every route needs: whom to talk to, and over what. */
export interface Wire {
  readonly transport: HttpTransport;
  /** Scheme and host, no trailing slash. */
  readonly frontendUrl: string;
}

export interface Exchange {
  /** The route's name in messages. */
  readonly call: string;
  readonly method: 'GET' | 'POST';
  /** From the host on, already encoded. */
  readonly path: string;
  readonly headers: Headers;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly timeoutMs: number;
  readonly answerBytesMax?: number;
  /** Whether sending the request twice does no harm: then a connection that died while idle is replaced at once. */
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly text: string;
}

/** A server's own words in a 5xx, kept for the routes that know some of them. */
export interface ServerError extends Unreachable {
  readonly said: string;
}

const SMALL_ANSWER_BYTES = 1024 * 1024;

export async function exchange(wire: Wire, request: Exchange): Promise<Answered | Refused | Unreachable | ServerError> {
  const context = { call: request.call, frontendUrl: wire.frontendUrl };
  let outcome = await send(wire, request);
  let sentBefore = false;
  if (outcome.kind === 'failure' && outcome.staleConnection && request.repeatable) {
    sentBefore = true;
    outcome = await send(wire, request);
  }
  if (outcome.kind === 'failure') {
    const mayHaveTakenEffect = outcome.mayHaveTakenEffect || sentBefore;
    return unreachable(outcome.why, outcome.detail, { ...context, mayHaveTakenEffect });
  }
  return readResponse(outcome, context);
}

function send(wire: Wire, request: Exchange): Promise<HttpResponse | HttpFailure> {
  const url = URL.parse(wire.frontendUrl + request.path);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const detail = 'EXECUTOR_FRONTEND_URL must be like https://sourcegraph.example.com';
    return Promise.resolve({
      kind: 'failure',
      why: 'other',
      detail,
      mayHaveTakenEffect: false,
      staleConnection: false,
    });
  }
  return wire.transport.send({
    method: request.method,
    url,
    headers: {
      Accept: 'application/json',
      ...request.headers,
      ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    timeoutMs: request.timeoutMs,
    answerBytesMax: request.answerBytesMax ?? SMALL_ANSWER_BYTES,
    signal: request.signal,
  });
}

interface Context {
  readonly call: string;
  readonly frontendUrl: string;
}

function readResponse(response: HttpResponse, context: Context): Answered | Refused | Unreachable | ServerError {
  const { status, headers } = response;
  const text = response.body.toString('utf8');
  const said = whatTheServerSaid(text);
  const why = troubleOfStatus(status, looksLikeHtml(text));
  if (why === 'server-error') {
    // Two of the instance's own "no" come as 500.
    if (isNotConfigured(said) || isUnknownQueue(said)) {
      return { kind: 'refused', status, message: describeRefusal(status, said, context) };
    }
    const detail = said === '' ? `HTTP ${status}` : `HTTP ${status}: ${said}`;
    const retryAfterMs = retryAfter(headers['retry-after'], headers.date);
    return {
      ...unreachable('server-error', detail, { ...context, mayHaveTakenEffect: true, status, retryAfterMs }),
      said,
    };
  }
  if (why !== undefined) {
    const location = why === 'redirected' ? ` to ${originOf(headers.location)}` : '';
    const retryAfterMs = retryAfter(headers['retry-after'], headers.date);
    // A web page with a good status may stand for anything that a gateway did with our request.
    const mayHaveTakenEffect = status < 300;
    return unreachable(why, `HTTP ${status}${location}`, { ...context, mayHaveTakenEffect, status, retryAfterMs });
  }
  if (status >= 400) return { kind: 'refused', status, message: describeRefusal(status, said, context) };
  return { kind: 'answered', status, text };
}

// A relative Retry-After needs no clock, and a date is compared with the server's own Date: our clock plays no part.
function retryAfter(header: string | undefined, serverDate: string | undefined): number | undefined {
  const serverNow = serverDate === undefined ? Number.NaN : Date.parse(serverDate);
  if (Number.isNaN(serverNow) && header !== undefined && !/^\s*\d+\s*$/.test(header)) return undefined;
  return parseRetryAfter(header, serverNow);
}

function unreachable(
  why: Trouble,
  detail: string,
  of: Context & { mayHaveTakenEffect: boolean; status?: number; retryAfterMs?: number | undefined },
): Unreachable {
  return {
    kind: 'unreachable',
    why,
    message: describeTrouble(why, detail, of),
    mayHaveTakenEffect: of.mayHaveTakenEffect,
    ...(of.status === undefined ? {} : { status: of.status }),
    ...(of.retryAfterMs === undefined ? {} : { retryAfterMs: of.retryAfterMs }),
  };
}

/** The JSON of an answer by its schema; an answer that breaks it is as good as none, but the request took effect. */
export function parseAnswer<S extends z.core.$ZodType>(
  schema: S,
  answer: Answered,
  context: Context,
): { readonly kind: 'parsed'; readonly value: z.core.output<S> } | Unreachable {
  let json: unknown;
  try {
    json = JSON.parse(answer.text);
  } catch {
    return garbled(`not JSON: ${answer.text.length} characters`, answer, context);
  }
  const result = z.safeParse(schema, json);
  if (!result.success) return garbled(`unexpected ${issuePlace(result.error.issues[0])}`, answer, context);
  return { kind: 'parsed', value: result.data };
}

/** For an answer with a good status that makes no sense: the request did take effect. */
export function garbled(detail: string, answer: Answered, context: Context): Unreachable {
  return unreachable('garbled', detail, { ...context, mayHaveTakenEffect: true, status: answer.status });
}

// The place and never the value: answers hold job tokens.
function issuePlace(issue: z.core.$ZodIssue | undefined): string {
  const path = (issue?.path ?? []).map(String).join('.');
  return path === '' ? 'JSON' : `value at ${path}`;
}

const SAID_CHARACTERS_MAX = 300;

/** The instance's own text: the `error` of its JSON, else a short plain text; nothing of a web page. */
function whatTheServerSaid(text: string): string {
  if (looksLikeHtml(text)) return '';
  const plain = errorField(text) ?? text;
  // Control characters would let a server write lines of its own into our log.
  const clean = plain.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').trim();
  return clean === 'null' ? '' : clean.slice(0, SAID_CHARACTERS_MAX);
}

function errorField(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

function looksLikeHtml(text: string): boolean {
  return /^\s*<(!doctype|html|head|body|\?xml)/i.test(text.slice(0, 500));
}

function originOf(location: string | undefined): string {
  const url = location === undefined ? null : URL.parse(location);
  return url === null ? 'another path' : url.origin;
}
