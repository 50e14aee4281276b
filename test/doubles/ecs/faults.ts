// Everything that ECS is known to do wrong, to be asked for by a test: each is used up by the calls or tasks it strikes.
import type { EcsError } from './texts.ts';
import type { EndedContainer } from './world.ts';

/** What becomes of a call. `lost`: it takes effect, and its answer is no good. */
export type CallFault =
  | { readonly kind: 'error'; readonly error: EcsError }
  /** RunTask: a success with no task and this reason. */
  | { readonly kind: 'failure'; readonly reason: string }
  | { readonly kind: 'lost'; readonly how: 'reset' | 'hang' | 'truncated' | 'empty' | 'error-500' | 'html-503' };

/** How a task that RunTask accepted comes to nothing. */
export interface StartFault {
  readonly stopCode?: string;
  readonly stoppedReason: string;
  /** Absent: the event lists none. */
  readonly containers?: readonly EndedContainer[];
}

export type EventFault = 'lost' | 'twice' | { readonly delayMs: number };

export class EcsFaults {
  readonly #calls = new Map<string, CallFault[]>();
  readonly #starts: StartFault[] = [];
  readonly #events: EventFault[] = [];
  /** New tasks are unknown to so many reads. */
  missingReads = 0;
  /** Stays RUNNING for so long after its containers have ended. */
  stuckMs = 0;

  call(operation: string, fault: CallFault, times = 1): void {
    this.#calls.set(operation, [...(this.#calls.get(operation) ?? []), ...Array.from({ length: times }, () => fault)]);
  }

  start(fault: StartFault): void {
    this.#starts.push(fault);
  }

  event(fault: EventFault): void {
    this.#events.push(fault);
  }

  nextCall(operation: string): CallFault | undefined {
    return this.#calls.get(operation)?.shift();
  }

  nextStart(): StartFault | undefined {
    return this.#starts.shift();
  }

  nextEvent(): EventFault | undefined {
    return this.#events.shift();
  }
}
