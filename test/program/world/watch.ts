// What must hold whatever happens, watched from the instance's side: each broken promise becomes a sentence.
import type { IncomingHttpHeaders } from 'node:http';
import type { SandboxJob } from '#local/sandbox/jobs.ts';
import type { SandboxRules } from '#local/sandbox/rules.ts';
import type { Route } from './faults.ts';

const HEARTBEAT_GAP_MAX_MS = 15_000;
/** Of a job's token: as many hexadecimal digits as the instance of this harness makes. */
const TOKEN_LENGTH = 32;
const JOB_ROUTES: readonly Route[] = ['add', 'update', 'mark', 'git', 'files'];

interface Seen {
  dequeues: number;
  marks: number;
  /** Length of each entry's text, by its place. */
  readonly lengths: number[];
  readonly keys: string[];
}

export class Watch {
  readonly #rules: SandboxRules;
  readonly #jobTokens: boolean;
  readonly #seen = new Map<SandboxJob, Seen>();
  readonly #problems = new Set<string>();
  /** Text by the name under which it is reported. */
  readonly #secrets = new Map<string, string>();
  /** Of thousands of jobs: looked up, not searched for one by one. */
  readonly #tokens = new Map<string, string>();
  readonly #heartbeatAt = new Map<string, number>();

  constructor(rules: SandboxRules, jobTokens: boolean) {
    this.#rules = rules;
    this.#jobTokens = jobTokens;
    rules.onChange((job) => this.#changed(job));
  }

  /** Never to be seen in a log, a command, an error message or the program's output. */
  secret(name: string, text: string): void {
    this.#secrets.set(name, text);
  }

  request(route: Route, headers: IncomingHttpHeaders, job: SandboxJob | undefined): void {
    if (!JOB_ROUTES.includes(route) || headers.authorization?.startsWith('token-executor') !== true) return;
    if (this.#jobTokens && (job === undefined || job.token !== undefined))
      this.#problems.add(`${route} was called with the executor token`);
  }

  /** What was silent until now had a reason: the instance was away, or no program was there. */
  beginHeartbeats(): void {
    this.#heartbeatAt.clear();
  }

  heartbeat(executorName: string, now: number): void {
    const before = this.#heartbeatAt.get(executorName);
    this.#heartbeatAt.set(executorName, now);
    if (before !== undefined && now - before > HEARTBEAT_GAP_MAX_MS)
      this.#problems.add(`${((now - before) / 1000).toFixed(1)} s between two heartbeats`);
  }

  output(text: string): void {
    this.#lookForSecrets('the output of the program', text);
  }

  get problems(): readonly string[] {
    return [...this.#problems];
  }

  #changed(job: SandboxJob): void {
    const name = `${job.queue}/${job.id}`;
    const seen = this.#seen.get(job) ?? { dequeues: 0, marks: 0, lengths: [], keys: [] };
    this.#seen.set(job, seen);
    if (job.dequeues > seen.dequeues) {
      seen.dequeues = job.dequeues;
      seen.lengths.length = 0;
      seen.keys.length = 0;
      if (job.token !== undefined) this.#tokens.set(job.token, `the token of ${name}`);
    }
    if (job.marks > job.dequeues)
      this.#problems.add(`${name} was marked ${job.marks} times in ${job.dequeues} dequeues`);
    job.logs.forEach((entry, index) => {
      const before = seen.lengths[index];
      if (before === entry.out.length && seen.keys[index] === entry.key) return;
      if (before !== undefined && entry.out.length < before && entry.key === seen.keys[index])
        this.#problems.add(`the text of ${name} ${entry.key} shrank from ${before} to ${entry.out.length}`);
      seen.lengths[index] = entry.out.length;
      seen.keys[index] = entry.key;
      this.#lookForSecrets(`${name} ${entry.key}`, JSON.stringify(entry));
    });
    if (job.marks === seen.marks) return;
    seen.marks = job.marks;
    this.#lookForSecrets(`the error message of ${name}`, job.failureMessage ?? '');
    for (const entry of job.logs)
      if (entry.exitCode === undefined) this.#problems.add(`${name} ${entry.key} had no exit code at the mark`);
  }

  #lookForSecrets(where: string, text: string): void {
    for (const [name, secret] of this.#secrets) if (text.includes(secret)) this.#problems.add(`${name} is in ${where}`);
    for (const [run] of text.matchAll(/[0-9a-f]{32,}/g)) {
      for (let start = 0; start + TOKEN_LENGTH <= run.length; start++) {
        const name = this.#tokens.get(run.slice(start, start + TOKEN_LENGTH));
        if (name !== undefined) this.#problems.add(`${name} is in ${where}`);
      }
    }
  }

  /** Jobs that ended otherwise than by a mark are none of the executor's making; asked once at the end. */
  unfinished(): readonly string[] {
    return this.#rules
      .jobs()
      .filter(({ state }) => state === 'queued' || state === 'processing')
      .map(({ queue, id, state }) => `${queue}/${id} is still ${state}`);
  }
}
