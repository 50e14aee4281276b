// An answer of the sandbox before it is on the wire.
import type { RuleError } from './rules.ts';

export interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
}

export function errorReply(error: RuleError): Reply {
  return error.text !== undefined
    ? { status: error.status, text: error.text }
    : { status: error.status, json: error.json };
}
