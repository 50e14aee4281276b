// Log events: one line of JSON each on a batches job's standard output, which the instance reads back out of the job's
// logs (`batches.LogEvent` of Sourcegraph's lib/batches).
import { encodeString, encoded, type EncodedJson } from '../go/json-encode.ts';
import { timeJson } from '../go/json-time.ts';
import { timeType } from '../go/json-time-type.ts';
import { field, structOf } from '../go/json-struct.ts';
import { namedString, pointerTo, unmarshal } from '../go/json-type.ts';
import { GoTime } from '../go/values.ts';
import { isEventOperation, metadataTypes, type EventMetadata, type EventOperation } from './metadata.ts';

export type EventStatus = 'STARTED' | 'PROGRESS' | 'SUCCESS' | 'FAILURE';

interface EventOf<O extends EventOperation> {
  readonly operation: O;
  readonly timestamp: GoTime;
  /** Go takes any text for it when reading. */
  readonly status: EventStatus | (string & {});
  readonly metadata: EventMetadata[O];
}

export type LogEvent = { readonly [O in EventOperation]: EventOf<O> }[EventOperation];

export type DecodedEvent =
  { readonly kind: 'event'; readonly event: LogEvent } | { readonly kind: 'error'; readonly message: string };

/** An event with the given metadata fields; those left out are zero, and so not written. */
export function logEvent<O extends EventOperation>(
  operation: O,
  status: EventStatus,
  unixMillis: number,
  metadata: Partial<EventMetadata[O]>,
): EventOf<O> {
  const timestamp = new GoTime(BigInt(Math.trunc(unixMillis)) * 1_000_000n, null);
  return { operation, timestamp, status, metadata: { ...metadataTypes[operation].zero, ...metadata } };
}

/** The event as one line with its newline. Fails on outputs that JSON cannot carry. */
export function encodeLogEvent<O extends EventOperation>(event: EventOf<O>): EncodedJson {
  return encoded(() => {
    const metadata = metadataTypes[event.operation].encode(event.metadata);
    return (
      `{"operation":${encodeString(event.operation)},"timestamp":${timeJson(event.timestamp)},` +
      `"status":${encodeString(event.status)},"metadata":${metadata}}\n`
    );
  });
}

interface EventHead {
  readonly operation: string;
  readonly timestamp: GoTime;
  readonly status: string;
}

const headType = pointerTo(
  structOf<EventHead>('batches.logEventJSON', {
    operation: field('operation', namedString('batches.LogEventOperation')),
    timestamp: field('timestamp', timeType),
    status: field('status', namedString('batches.LogEventStatus')),
  }),
);

/** `json.Unmarshal` of one event. */
export function decodeLogEvent(text: string): DecodedEvent {
  const head = unmarshal(headType, text);
  if (head.kind === 'error') return head;
  if (head.value === null) {
    return { kind: 'error', message: 'runtime error: invalid memory address or nil pointer dereference' };
  }
  const { operation, timestamp, status } = head.value;
  if (!isEventOperation(operation)) return { kind: 'error', message: `invalid event type ${operation}` };
  const metadata = decodeMetadata(operation, text);
  if ('message' in metadata) return { kind: 'error', message: metadata.message };
  // The metadata was read by the type of this very operation.
  return { kind: 'event', event: { operation, timestamp, status, metadata: metadata.value } as LogEvent };
}

function decodeMetadata<O extends EventOperation>(
  operation: O,
  text: string,
): { readonly value: EventMetadata[O] } | { readonly message: string } {
  const wrapper = structOf<{ readonly metadata: EventMetadata[O] }>('', {
    metadata: field('metadata', metadataTypes[operation]),
  });
  const result = unmarshal(wrapper, text);
  return result.kind === 'error' ? result : { value: result.value.metadata };
}
