// How many bytes a log entry may cost. Every update carries the whole text so far, so updates at a fixed pace would cost
// bytes that grow with the square of the output. Promised: all requests of an entry together stay within three times the
// final text plus 64 KiB for each second that its command ran.

export const FREE_BYTES_PER_SECOND = 64 * 1024;

export interface EntryCost {
  /** Bytes of all requests for this entry so far. */
  readonly sentBytes: number;
  /** Bytes of the text now. */
  readonly textBytes: number;
  /** Bytes of a request that carries that text. */
  readonly requestBytes: number;
}

/**
 * Milliseconds after the command's start from which an update may be sent: if the command ended right after it, the
 * last update of the same text must still be within the promise. A text that has doubled since the last update qualifies
 * by itself.
 */
export function updateAllowedAfterMs(cost: EntryCost): number {
  const missing = cost.sentBytes + 2 * cost.requestBytes - 3 * cost.textBytes;
  return missing <= 0 ? 0 : Math.ceil((missing * 1000) / FREE_BYTES_PER_SECOND);
}
