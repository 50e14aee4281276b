// Payloads, results and kept jobs in S3. The task has no identity, so all that it may do stands in presigned URLs: read
// and delete its payload, put one result, read fresh links. A signature dies with the session that made it, in an hour
// at the earliest, so the links of a running attempt are renewed.
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type JobResult, JobResultSchema } from '#jobs/job-result.ts';
import type { AttemptId, JobKey } from '#jobs/keys.ts';
import type { Links, Payload } from '#jobs/payload.ts';
import { type PayloadStore, StoreUnavailable, type Unreachable } from '#jobs/world.ts';
import { BUCKET } from '#settings/storage.ts';
import { type Job, JobSchema } from '#sourcegraph/job.ts';
import { callFailure } from './failures.ts';
import { parseJson } from './parse-json.ts';

/** The payload's own URL stands in the task's overrides, which others in the account can read. */
const PAYLOAD_URL_SECONDS = 15 * 60;
/** As long as the signer's session may live. */
const LINK_SECONDS = 12 * 3600;

export class S3PayloadStore implements PayloadStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async write(
    attempt: AttemptId,
    build: (links: Links, forget: string | undefined) => Payload,
  ): Promise<{ readonly kind: 'written'; readonly payloadUrl: string } | Unreachable> {
    const payload = { Bucket: this.#bucket, Key: payloadKey(attempt) };
    try {
      const forget = await this.#sign(new DeleteObjectCommand(payload), PAYLOAD_URL_SECONDS);
      const links = await this.#writeLinks(attempt);
      await this.#put(payload.Key, build(links, forget));
      return { kind: 'written', payloadUrl: await this.#sign(new GetObjectCommand(payload), PAYLOAD_URL_SECONDS) };
    } catch (error) {
      return { kind: 'unreachable', message: callFailure(error).message };
    }
  }

  async renew(attempt: AttemptId): Promise<void> {
    await available(this.#writeLinks(attempt));
  }

  async result(attempt: AttemptId): Promise<JobResult | 'none' | 'unreadable'> {
    const text = await available(this.#get(resultKey(attempt)));
    if (text === undefined) return 'none';
    const parsed = JobResultSchema.safeParse(parseJson(text));
    return parsed.success ? parsed.data : 'unreadable';
  }

  async remove(attempt: AttemptId): Promise<void> {
    const objects = [payloadKey(attempt), linksKey(attempt), resultKey(attempt)].map((Key) => ({ Key }));
    const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects: objects, Quiet: true } });
    const { Errors: errors = [] } = await available(this.#client.send(command));
    const [first] = errors;
    if (first !== undefined) throw new StoreUnavailable(`DeleteObjects: ${first.Code ?? ''} ${first.Message ?? ''}`);
  }

  async saveJob(key: JobKey, job: Job): Promise<void> {
    await available(this.#put(jobObjectKey(key), job));
  }

  async loadJob(key: JobKey): Promise<Job | 'none'> {
    const text = await available(this.#get(jobObjectKey(key)));
    if (text === undefined) return 'none';
    return JobSchema.parse(JSON.parse(text));
  }

  async removeJob(key: JobKey): Promise<void> {
    await available(this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: jobObjectKey(key) })));
  }

  /** The object that `renewed` leads to; its own links lead to it again. */
  async #writeLinks(attempt: AttemptId): Promise<Links> {
    const bucket = { Bucket: this.#bucket };
    const links: Links = {
      // The signature covers the condition: whoever comes second cannot overwrite the result.
      result: await this.#sign(
        new PutObjectCommand({ ...bucket, Key: resultKey(attempt), IfNoneMatch: '*' }),
        LINK_SECONDS,
      ),
      renewed: await this.#sign(new GetObjectCommand({ ...bucket, Key: linksKey(attempt) }), LINK_SECONDS),
    };
    await this.#put(linksKey(attempt), links);
    return links;
  }

  #sign(command: GetObjectCommand | PutObjectCommand | DeleteObjectCommand, seconds: number): Promise<string> {
    return getSignedUrl(this.#client, command, { expiresIn: seconds });
  }

  async #put(objectKey: string, value: object): Promise<void> {
    const body = { Body: JSON.stringify(value), ContentType: 'application/json' };
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: objectKey, ...body }));
  }

  async #get(objectKey: string): Promise<string | undefined> {
    try {
      const answer = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: objectKey }));
      return await answer.Body?.transformToString();
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
      throw error;
    }
  }
}

const payloadKey = (attempt: AttemptId): string => `${BUCKET.attempts}${attempt}/payload.json`;
const linksKey = (attempt: AttemptId): string => `${BUCKET.attempts}${attempt}/urls.json`;
const resultKey = (attempt: AttemptId): string => `${BUCKET.attempts}${attempt}${BUCKET.resultSuffix}`;
const jobObjectKey = (key: JobKey): string => `${BUCKET.jobs}${key}.json`;

async function available<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw new StoreUnavailable(callFailure(error).message, { cause: error });
  }
}
