// All log entries of a job, and the one loop that sends them: additions in order, one request at a time (two updates of an
// entry that overtake each other would make its text shrink), patiently while Sourcegraph is away. Once Sourcegraph no
// longer knows the job, nothing more is said.
import { LIMITS } from '#jobs/limits.ts';
import type { Clock } from '#jobs/world.ts';
import type { ExecutionLogEntry } from '#sourcegraph/execution-log-entry.ts';
import type { Redactor } from '../redaction.ts';
import { LogEntry } from './log-entry.ts';
import type { LogRoutes, RouteProblem } from './routes.ts';

export type FlushAnswer =
  | { readonly kind: 'flushed' }
  | { readonly kind: 'not-ours' }
  /** Sourcegraph stayed away for too long. */
  | { readonly kind: 'unreachable'; readonly message: string }
  /** An addition or a last update was refused. */
  | { readonly kind: 'refused'; readonly message: string };

export interface LogEntriesOptions {
  readonly clock: Clock;
  readonly routes: LogRoutes;
  readonly redactor: Redactor;
  /** Entries that the job has already: those of an earlier attempt, or the dispatcher's own. They are updated first. */
  readonly existing: number;
  /** An earlier attempt may have added entries that nobody has counted. */
  readonly existingUncounted: boolean;
  /** Called once, when the job turns out to be somebody else's. */
  readonly notOurs: () => void;
  /** Aborted: nothing more is sent from then on. */
  readonly kill: AbortSignal;
}

/**
 * How long a flush waits for a Sourcegraph that does not answer, when the task has been told to stop: it is killed 120 s
 * after that, and the result must still be stored.
 */
export const FLUSH_PATIENCE_HURRIED_MS = 60_000;

/** A reason, since without one each of the many would make an exception with a stack. */
const WOKEN = 'woken';
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 10_000;
/** While an update waits for its byte budget, growing text may make it due earlier: look again. */
const LOOK_AGAIN_MS = 250;

type Action =
  | { readonly kind: 'send'; readonly entry: LogEntry }
  | { readonly kind: 'supersede'; readonly entryId: number }
  | { readonly kind: 'wait'; readonly untilMs: number | undefined }
  | { readonly kind: 'finished' };

export class LogEntries {
  readonly #options: LogEntriesOptions;
  readonly #entries: LogEntry[] = [];
  readonly #ids = new Map<LogEntry, number>();
  /** Entries of which an addition or the last update was refused. */
  readonly #refused = new Set<LogEntry>();
  readonly #given = new AbortController();
  #wake = new AbortController();
  #running: Promise<void> | undefined;
  #closing = false;
  #lastId = 0;
  /** Highest entry that Sourcegraph is known to have. */
  #highestId: number;
  /** The next entry may be there already: an update tells. */
  #mayExist: boolean;
  /** There may be entries of this job that nobody has counted: an earlier attempt's, or an addition that was given up. */
  #uncounted: boolean;
  /** Whether one was met that the dispatcher has added meanwhile. */
  #metDispatchers = false;
  #leftOver: number[] = [];
  #refusal: string | undefined;
  #trouble = 'Sourcegraph does not answer';
  #notOurs = false;
  #retries = 0;
  #retryAt = 0;
  #bytesSent = 0;

  constructor(options: LogEntriesOptions) {
    this.#options = options;
    this.#highestId = options.existing;
    this.#uncounted = options.existingUncounted;
    this.#mayExist = options.existing > 0 || this.#uncounted;
    options.kill.addEventListener('abort', () => this.#giveUp(), { once: true });
    if (options.kill.aborted) this.#giveUp();
  }

  begin(key: string, command: readonly string[] | null): LogEntry {
    const entry = new LogEntry({
      key,
      command,
      redactor: this.#options.redactor,
      now: () => this.#options.clock.now(),
      changed: () => this.#wake.abort(WOKEN),
    });
    this.#entries.push(entry);
    this.#running ??= this.#run();
    this.#wake.abort(WOKEN);
    return entry;
  }

  /** Entries that the job has in Sourcegraph now. */
  get count(): number {
    return this.#highestId;
  }

  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Waits until everything is sent; no entry may be begun after. `hurry` shortens the patience. */
  async flush(hurry: AbortSignal): Promise<FlushAnswer> {
    // Only a bug leaves a command open here; its entry must have an end all the same.
    for (const entry of this.#entries) entry.end(-1);
    this.#closing = true;
    this.#wake.abort(WOKEN);
    const done = (this.#running ??= this.#run());
    const settled = new AbortController();
    void this.#giveUpLater(hurry, settled.signal);
    await done;
    settled.abort();
    if (this.#notOurs) return { kind: 'not-ours' };
    if (this.#refusal !== undefined) return { kind: 'refused', message: this.#refusal };
    return this.#given.signal.aborted ? { kind: 'unreachable', message: this.#trouble } : { kind: 'flushed' };
  }

  async #giveUpLater(hurry: AbortSignal, settled: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const startedAt = clock.now();
    await clock.sleep(LIMITS.logPatienceMs, AbortSignal.any([hurry, settled]));
    const left = LIMITS.logPatienceMs - (clock.now() - startedAt);
    if (left > 0 && !settled.aborted) await clock.sleep(Math.min(left, FLUSH_PATIENCE_HURRIED_MS), settled);
    if (!settled.aborted) this.#giveUp();
  }

  #giveUp(): void {
    this.#given.abort();
    this.#wake.abort(WOKEN);
  }

  async #run(): Promise<void> {
    for (;;) {
      const action = this.#next();
      if (action.kind === 'finished') return;
      if (action.kind === 'send') await this.#send(action.entry);
      else if (action.kind === 'supersede') await this.#supersede(action.entryId);
      else await this.#idle(action.untilMs);
    }
  }

  #next(): Action {
    if (this.#notOurs) return { kind: 'finished' };
    if (this.#given.signal.aborted) return { kind: 'finished' };
    const now = this.#options.clock.now();
    if (now < this.#retryAt) return { kind: 'wait', untilMs: this.#retryAt };
    let nextDue: number | undefined;
    let open = false;
    for (const entry of this.#entries) {
      if (entry.complete || this.#refused.has(entry)) continue;
      const isAdded = this.#ids.has(entry);
      const due = isAdded ? entry.updateDue() : entry.addDue();
      if (due !== undefined && due <= now) return { kind: 'send', entry };
      open ||= !entry.ended;
      if (due !== undefined) nextDue = Math.min(nextDue ?? due, due, now + LOOK_AGAIN_MS);
      // Entries are added in order.
      if (!isAdded) break;
    }
    if (this.#closing && !open) return this.#nextLeftOver();
    return { kind: 'wait', untilMs: nextDue };
  }

  // The instance shows the first entry with a key and takes the result with the highest step: what an earlier attempt left
  // behind this one's last entry could win, so it is overwritten.
  #nextLeftOver(): Action {
    const stray = this.#leftOver[0];
    if (stray !== undefined) return { kind: 'supersede', entryId: stray };
    const next = this.#lastId + 1;
    const there = next <= this.#highestId || (this.#mayExist && this.#uncounted);
    return there ? { kind: 'supersede', entryId: next } : { kind: 'finished' };
  }

  async #idle(untilMs: number | undefined): Promise<void> {
    const wake = (this.#wake = new AbortController());
    const { clock } = this.#options;
    if (untilMs !== undefined) {
      await clock.sleep(Math.max(0, untilMs - clock.now()), AbortSignal.any([wake.signal, this.#given.signal]));
      return;
    }
    await new Promise<void>((resolve) => {
      wake.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async #send(entry: LogEntry): Promise<void> {
    const id = this.#ids.get(entry);
    if (id !== undefined) await this.#update(entry, id);
    else if (this.#mayExist) await this.#updateInsteadOfAdding(entry);
    else await this.#add(entry);
  }

  async #update(entry: LogEntry, id: number): Promise<void> {
    const wasEnded = entry.ended;
    const answer = await this.#attempt(entry, (state) => this.#options.routes.update(id, state, this.#given.signal));
    // As in the reference, an update that is not the last one may fail.
    if (answer.kind === 'refused' && wasEnded) this.#refuse(entry, answer.message);
    else if (answer.kind !== 'updated' && answer.kind !== 'refused') this.#troubled(answer);
  }

  /** For an entry that may be there: of an earlier attempt, or of an addition whose answer was lost. */
  async #updateInsteadOfAdding(entry: LogEntry): Promise<void> {
    const id = this.#lastId + 1;
    const answer = await this.#attempt(entry, (state) => this.#options.routes.update(id, state, this.#given.signal));
    if (answer.kind === 'updated') {
      this.#isAt(entry, id);
      this.#mayExist = this.#uncounted || id < this.#highestId;
    } else if (answer.kind === 'unknown-job') {
      this.#mayExist = false;
    } else if (answer.kind === 'refused') {
      this.#refuse(entry, answer.message);
    } else {
      this.#troubled(answer);
    }
  }

  async #add(entry: LogEntry): Promise<void> {
    const answer = await this.#attempt(entry, (state) => this.#options.routes.add(state, this.#given.signal));
    if (answer.kind === 'added') {
      this.#noteGap(this.#lastId + 1, answer.entryId);
      this.#isAt(entry, answer.entryId);
    } else if (answer.kind === 'refused') {
      this.#refuse(entry, answer.message);
    } else {
      if (answer.kind === 'unreachable' && answer.mayHaveTakenEffect) {
        this.#mayExist = true;
        this.#uncounted = true;
      }
      this.#troubled(answer);
    }
  }

  /**
   * Entries from `from` up to `to`, which are nobody's that is known here. A single one that can be no addition of ours is
   * the dispatcher's, which tells of a wait: it stays. Others are overwritten, lest something be there twice.
   */
  #noteGap(from: number, to: number): void {
    if (to - from === 1 && !this.#uncounted && !this.#metDispatchers) {
      this.#metDispatchers = true;
      return;
    }
    for (let id = from; id < to; id++) this.#leftOver.push(id);
  }

  async #attempt<A extends { readonly kind: 'added' | 'updated' }>(
    entry: LogEntry,
    send: (state: ExecutionLogEntry) => Promise<A | RouteProblem>,
  ): Promise<A | RouteProblem> {
    const bytes = entry.requestBytes;
    const settle = entry.sending();
    const answer = await send(entry.state());
    const arrived = answer.kind !== 'unreachable' || answer.mayHaveTakenEffect;
    if (arrived) this.#bytesSent += bytes;
    // A refused update is not repeated until there is something new.
    const accepted = answer.kind === 'added' || answer.kind === 'updated' || answer.kind === 'refused';
    settle({ accepted, arrived });
    if (accepted) this.#retries = 0;
    return answer;
  }

  async #supersede(entryId: number): Promise<void> {
    const now = this.#options.clock.now();
    const entry: ExecutionLogEntry = {
      key: 'superseded',
      command: [],
      startTime: now,
      out: 'This entry was written before this attempt of the job began.\n',
      exitCode: 0,
      durationMs: 0,
    };
    const answer = await this.#options.routes.update(entryId, entry, this.#given.signal);
    if (answer.kind !== 'updated' && answer.kind !== 'unknown-job' && answer.kind !== 'refused') {
      this.#troubled(answer);
      return;
    }
    this.#retries = 0;
    if (this.#leftOver[0] === entryId) {
      this.#leftOver.shift();
    } else if (answer.kind === 'updated') {
      this.#lastId = entryId;
      this.#highestId = Math.max(this.#highestId, entryId);
    } else {
      // There is none: the list ends here.
      this.#mayExist = false;
      this.#highestId = this.#lastId;
    }
  }

  #isAt(entry: LogEntry, id: number): void {
    this.#ids.set(entry, id);
    this.#lastId = id;
    this.#highestId = Math.max(this.#highestId, id);
  }

  #refuse(entry: LogEntry, message: string): void {
    this.#refused.add(entry);
    this.#refusal ??= `Sourcegraph refused the log entry ${entry.key}: ${message}`;
  }

  #troubled(problem: Exclude<RouteProblem, { kind: 'refused' }>): void {
    if (problem.kind === 'unreachable') {
      const backoff = Math.min(RETRY_FIRST_MS * 2 ** this.#retries, RETRY_MAX_MS);
      this.#retries += 1;
      this.#trouble = problem.message;
      this.#retryAt = this.#options.clock.now() + Math.max(backoff, problem.retryAfterMs ?? 0);
      return;
    }
    this.#notOurs = true;
    this.#options.notOurs();
  }
}
