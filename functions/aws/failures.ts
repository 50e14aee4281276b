// What an AWS call that threw means, whichever service it was: throttled, without an answer, or a definite no.
// The SDK throws service exceptions by name, and plain errors of node and of its own parsers for everything else.
// Sources: API references ("Common errors"), and measurements of the SDK against scripted answers.

export type CallFailure =
  | { readonly kind: 'throttled'; readonly message: string }
  /** Whether it took effect is unknown. */
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'refused'; readonly name: string; readonly message: string };

/** Throttling is modelled by no service; these are the names that are seen. */
const THROTTLES = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'KmsThrottled',
  'OverLimit',
]);

export function callFailure(error: unknown): CallFailure {
  if (!(error instanceof Error)) throw new TypeError('an AWS call threw something that is no error', { cause: error });
  const message = `${error.name}: ${error.message}`;
  if (THROTTLES.has(error.name)) return { kind: 'throttled', message };
  const status = httpStatus(error);
  if (status === 429) return { kind: 'throttled', message };
  const isAnswer = '$fault' in error && status !== undefined && status >= 400 && status < 500;
  return isAnswer ? { kind: 'refused', name: error.name, message } : { kind: 'unreachable', message };
}

// An answer that could not be read (cut off, HTML) throws a parser's error that carries the answer's status as well, but
// is no service exception: what it would have said is unknown.
function httpStatus(error: Error): number | undefined {
  if (!('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
