// The helper's event lines on standard output.
import { encodeText } from '#batches/go/text.ts';
import { encodeLogEvent, logEvent, type EventStatus } from '#batches/events/log-event.ts';
import type { EventMetadata, EventOperation } from '#batches/events/metadata.ts';
import type { NativeRequest } from './native.ts';

/** Resolves to Go's error text for metadata that JSON cannot carry, undefined when the line is out. */
export function printEvent<O extends EventOperation>(
  { output, clock }: NativeRequest,
  operation: O,
  status: EventStatus,
  metadata: Partial<EventMetadata[O]>,
): string | undefined {
  const line = encodeLogEvent(logEvent(operation, status, clock.now(), metadata));
  if (line.kind === 'error') return line.message;
  output('stdout', encodeText(line.text));
  return undefined;
}
