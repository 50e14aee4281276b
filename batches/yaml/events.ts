// The grammar's events: what the parser tells of a stream, and the composer makes nodes of.
import type { Mark } from './error.ts';
import type { ScalarStyle } from './tokens.ts';

export interface NodeProperties {
  readonly anchor: string | null;
  /** As resolved by the tag directives; null when absent. */
  readonly tag: string | null;
  readonly start: Mark;
}

export type Event =
  | { readonly type: 'stream-end' | 'document-start' | 'document-end' | 'sequence-end' | 'mapping-end' }
  | { readonly type: 'alias'; readonly name: string; readonly start: Mark }
  | (NodeProperties & { readonly type: 'scalar'; readonly value: string; readonly style: ScalarStyle })
  | (NodeProperties & { readonly type: 'sequence-start' | 'mapping-start' });
