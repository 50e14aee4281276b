// Event lines that carry a result of a batch step: the diff in them becomes a changeset, so redaction may not touch it.
// What a step printed is part of the result too, and may hold a secret: that part alone is redacted.
import type { Redactor } from '../redaction.ts';

export type EventLine =
  | { readonly kind: 'no-result' }
  /** To be sent like this. */
  | { readonly kind: 'result'; readonly line: string }
  /** A secret stands in what must not change. */
  | { readonly kind: 'refused' };

/** The instance looks for events in these entries and in no others. */
export function holdsEvents(key: string): boolean {
  return key.endsWith('.post') || key === 'step.src.batch-exec' || key === 'step.src.0';
}

/** `line` is a line of standard output without its newline, in an entry that holds events. */
export function redactResult(line: string, redactor: Redactor): EventLine {
  const event = resultEvent(line);
  if (event === undefined) return { kind: 'no-result' };
  if (!redactor.alters(line)) return { kind: 'result', line };
  const redacted = redactor.redact(line);
  const after = parseObject(redacted);
  if (after === undefined || essence(after) !== essence(event)) return { kind: 'refused' };
  return { kind: 'result', line: redacted };
}

type JsonObject = Readonly<Record<string, unknown>>;

function resultEvent(line: string): JsonObject | undefined {
  // Parsing every line of a chatty step would cost more than the step.
  if (!line.startsWith('{') || !/"(?:CACHE_AFTER_STEP_RESULT|TASK_STEP)"/.test(line)) return undefined;
  const event = parseObject(line);
  const operation = event?.['operation'];
  const carries =
    operation === 'CACHE_AFTER_STEP_RESULT' || (operation === 'TASK_STEP' && event?.['status'] === 'SUCCESS');
  return carries ? event : undefined;
}

/** All of an event but what the step printed. */
function essence(event: JsonObject): string {
  const metadata = asObject(event['metadata']);
  const value = asObject(metadata?.['value']);
  if (metadata === undefined || value === undefined) return JSON.stringify(event);
  return JSON.stringify({ ...event, metadata: { ...metadata, value: { ...value, stdout: '', stderr: '' } } });
}

function parseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined; // a step printed something that only looks like an event
  }
}

function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
