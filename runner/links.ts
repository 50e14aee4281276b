// The URLs that stand in for an identity: by them the runner, which has none, reads its payload and stores its result.
// They die with the session that signed them, so they are renewed while the job runs.
import * as z from 'zod/mini';
import type { JobResult } from '#jobs/job-result.ts';
import { type Links, LinksSchema, type Payload, PayloadSchema } from '#jobs/payload.ts';
import type { Clock, Random } from '#jobs/world.ts';
import type { HttpTransport } from '#sourcegraph/http.ts';
import { type RetryPolicy, withRetries } from '#sourcegraph/retry.ts';

export interface LinksWorld {
  readonly transport: HttpTransport;
  readonly clock: Clock;
  readonly random: Pick<Random, 'fraction'>;
}

export type FetchedPayload =
  | { readonly kind: 'fetched'; readonly payload: Payload }
  /** `message` holds no part of the URL, which is a secret. */
  | { readonly kind: 'failed'; readonly message: string };

const FETCH: RetryPolicy = { attemptsMax: Infinity, elapsedMsMax: 3 * 60_000, firstDelayMs: 100, delayMsMax: 5000 };
const FORGET: RetryPolicy = { attemptsMax: 3, elapsedMsMax: 5000, firstDelayMs: 100, delayMsMax: 1000 };
const STORE: RetryPolicy = { attemptsMax: Infinity, elapsedMsMax: 10 * 60_000, firstDelayMs: 100, delayMsMax: 10_000 };
/** The dispatcher writes fresh links every 20 minutes; the oldest are good for longer than that. */
const RENEW_EVERY_MS = 10 * 60_000;

/** A job's inline files may come to some tens of megabytes. */
const PAYLOAD_BYTES_MAX = 512 * 1024 * 1024;
const PAYLOAD_TIMEOUT_MS = 30_000;
/** All else is small. A task that is told to stop has half a minute to store its result, and so more than one try. */
const TIMEOUT_MS = 10_000;

/** Reads the payload and then removes it: after that the pointer in the task's overrides opens nothing. */
export async function fetchPayload(world: LinksWorld, url: string, signal: AbortSignal): Promise<FetchedPayload> {
  const answer = await request(world, FETCH, { method: 'GET', url, timeoutMs: PAYLOAD_TIMEOUT_MS }, signal);
  if (answer.kind !== 'answered') return { kind: 'failed', message: `the payload could not be fetched: ${answer.why}` };
  const payload = parse(PayloadSchema, answer.text);
  if (payload === undefined) return { kind: 'failed', message: 'the payload could not be read' };
  // Where this fails the URL still dies with its signature, within minutes.
  if (payload.forget !== undefined) await request(world, FORGET, { method: 'DELETE', url: payload.forget }, signal);
  return { kind: 'fetched', payload };
}

/** The current links of a job; they are kept fresh until the signal aborts. */
export class JobLinks {
  readonly #world: LinksWorld;
  #links: Links;

  constructor(world: LinksWorld, links: Links) {
    this.#world = world;
    this.#links = links;
  }

  async keepFresh(signal: AbortSignal): Promise<void> {
    while (this.#links.renewed !== undefined) {
      if ((await this.#world.clock.sleep(RENEW_EVERY_MS, signal)) === 'aborted') return;
      await this.#renew(signal);
    }
  }

  /** Stores the result, once: whoever comes second finds it there. Resolves to whether it is stored. */
  async store(result: JobResult, signal: AbortSignal): Promise<boolean> {
    const body = JSON.stringify(result);
    for (let attempt = 1; ; attempt++) {
      const put = { method: 'PUT', url: this.#links.result, body } as const;
      const answer = await request(this.#world, STORE, put, signal);
      if (answer.kind === 'answered') return true;
      // 412: an earlier PUT whose answer was lost has stored it.
      if (answer.status === 412) return true;
      // 403: the link has died; a fresh one may be there.
      if (answer.status !== 403 || attempt === 2 || !(await this.#renew(signal))) return false;
    }
  }

  async #renew(signal: AbortSignal): Promise<boolean> {
    const url = this.#links.renewed;
    if (url === undefined) return false;
    const answer = await request(this.#world, FORGET, { method: 'GET', url }, signal);
    const links = answer.kind === 'answered' ? parse(LinksSchema, answer.text) : undefined;
    if (links !== undefined) this.#links = links;
    return links !== undefined;
  }
}

interface Request {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly body?: string;
  /** @default {@link TIMEOUT_MS} */
  readonly timeoutMs?: number;
}

type Answer =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'no'; readonly why: string; readonly status?: number };

async function request(
  { transport, clock, random }: LinksWorld,
  policy: RetryPolicy,
  { method, url, body, timeoutMs = TIMEOUT_MS }: Request,
  signal: AbortSignal,
): Promise<Answer> {
  const target = URL.parse(url);
  if (target === null) return { kind: 'no', why: 'its address is no URL' };
  const outcome = await withRetries(
    policy,
    { clock, random },
    signal,
    () =>
      transport.send({
        method,
        url: target,
        // The signature covers this header where the store can keep a second writer out.
        headers: method === 'PUT' ? { 'If-None-Match': '*' } : {},
        ...(body === undefined ? {} : { body }),
        timeoutMs,
        answerBytesMax: PAYLOAD_BYTES_MAX,
        signal,
      }),
    (answer) => (answer.kind === 'failure' || isBusy(answer.status) ? { retryAfterMs: undefined } : 'done'),
  );
  if (outcome.kind === 'failure') return { kind: 'no', why: outcome.why };
  if (outcome.status >= 200 && outcome.status < 300) return { kind: 'answered', text: outcome.body.toString('utf8') };
  return { kind: 'no', why: `HTTP ${outcome.status}`, status: outcome.status };
}

const isBusy = (status: number): boolean => status === 408 || status === 429 || status >= 500;

function parse<S extends z.core.$ZodType>(schema: S, text: string): z.output<S> | undefined {
  try {
    const parsed = z.safeParse(schema, JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
