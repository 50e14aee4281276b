// Payloads, results and kept jobs in memory. The URLs by which a step-runner reaches them are another's matter
// (./payload-server.ts, or a simulated runner): here they are unguessable names.
import type { Job } from '#sourcegraph/job.ts';
import { type JobResult, JobResultSchema } from '#jobs/job-result.ts';
import type { AttemptId, JobKey } from '#jobs/keys.ts';
import type { Links, Payload } from '#jobs/payload.ts';
import type { PayloadStore } from '#jobs/world.ts';

export interface PayloadUrls {
  payload(secret: string): string;
  result(secret: string): string;
}

export interface MemoryPayloadOptions {
  readonly urls: PayloadUrls;
  /** Unguessable: whoever knows it reads the payload. */
  secret(): string;
  /** What this machine adds to a payload. @default nothing */
  finish?(payload: Payload): Promise<Payload>;
  /** Called once an attempt, after its result is stored. */
  onResult(attempt: AttemptId): void;
}

type PutAnswer = 'stored' | 'exists' | 'unknown';

export class MemoryPayloadStore implements PayloadStore {
  private readonly options: MemoryPayloadOptions;
  private readonly payloads = new Map<string, { readonly attempt: AttemptId; readonly json: string }>();
  private readonly resultSecrets = new Map<string, AttemptId>();
  private readonly secretsOf = new Map<AttemptId, string[]>();
  private readonly results = new Map<AttemptId, string>();
  private readonly jobs = new Map<JobKey, Job>();

  constructor(options: MemoryPayloadOptions) {
    this.options = options;
  }

  /** Written again for the same attempt, earlier URLs stay good: two dispatchers may have prepared one launch. */
  async write(
    attempt: AttemptId,
    build: (links: Links, forget: string | undefined) => Payload,
  ): Promise<{ readonly kind: 'written'; readonly payloadUrl: string }> {
    const secret = this.options.secret();
    const payloadUrl = this.options.urls.payload(secret);
    const built = build({ result: this.options.urls.result(secret) }, payloadUrl);
    const payload = (await this.options.finish?.(built)) ?? built;
    this.payloads.set(secret, { attempt, json: JSON.stringify(payload) });
    this.resultSecrets.set(secret, attempt);
    this.secretsOf.set(attempt, [...(this.secretsOf.get(attempt) ?? []), secret]);
    return { kind: 'written', payloadUrl };
  }

  /** These links do not expire. */
  renew(): Promise<void> {
    return Promise.resolve();
  }

  result(attempt: AttemptId): Promise<JobResult | 'none' | 'unreadable'> {
    const json = this.results.get(attempt);
    return Promise.resolve(json === undefined ? 'none' : parseResult(json));
  }

  remove(attempt: AttemptId): Promise<void> {
    for (const secret of this.secretsOf.get(attempt) ?? []) {
      this.payloads.delete(secret);
      this.resultSecrets.delete(secret);
    }
    this.secretsOf.delete(attempt);
    this.results.delete(attempt);
    return Promise.resolve();
  }

  saveJob(key: JobKey, job: Job): Promise<void> {
    this.jobs.set(key, job);
    return Promise.resolve();
  }

  loadJob(key: JobKey): Promise<Job | 'none'> {
    return Promise.resolve(this.jobs.get(key) ?? 'none');
  }

  removeJob(key: JobKey): Promise<void> {
    this.jobs.delete(key);
    return Promise.resolve();
  }

  // ---- What the step-runner does, by its URLs ----

  /** The payload as JSON; undefined once it is forgotten. */
  fetchPayload(secret: string): string | undefined {
    return this.payloads.get(secret)?.json;
  }

  forgetPayload(secret: string): void {
    this.payloads.delete(secret);
  }

  /** Once: a second result of the same attempt is refused, as `If-None-Match: *` refuses it on S3. */
  putResult(secret: string, body: string): PutAnswer {
    const attempt = this.resultSecrets.get(secret);
    if (attempt === undefined) return 'unknown';
    if (this.results.has(attempt)) return 'exists';
    this.results.set(attempt, body);
    this.options.onResult(attempt);
    return 'stored';
  }
}

function parseResult(json: string): JobResult | 'unreadable' {
  try {
    const parsed = JobResultSchema.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data : 'unreadable';
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return 'unreadable';
  }
}
