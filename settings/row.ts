// What one row of a settings table says, and the types that follow from a table: the object of values that reading the
// environment by it gives.
import type { Kind } from './kinds.ts';

/** What runs the tasks. */
export const BACKENDS = ['fargate', 'docker', 'kubernetes', 'process'] as const;
export type Backend = (typeof BACKENDS)[number];

/** Another name by which a setting is known. */
export interface Alias<T> {
  readonly name: string;
  /** How its text is read, when not as the setting's own. */
  readonly kind?: Kind<T> | Kind<T | undefined>;
  /** Just as good a name: using it is not worth a notice. */
  readonly equal?: true;
  /** Whose name it is, such as "the 2021 draft's name". */
  readonly because: string;
}

interface AnyRow {
  /** Today's name, the one that messages and reference use. */
  readonly name: string;
  readonly group: string;
  /** One sentence for the reference. */
  readonly sentence: string;
  /** Values stay out of messages, help and logs. */
  readonly secret?: true;
  /** Only these backends look at it; `elsewhere` says why the others do not. */
  readonly only?: { readonly backends: readonly Backend[]; readonly elsewhere: string };
}

export interface Row<T> extends AnyRow {
  readonly kind: Kind<T>;
  /** As it would stand in the environment. */
  readonly default: string;
  readonly aliases?: readonly Alias<T>[];
}

export interface OptionalRow<T> extends AnyRow {
  readonly kind: Kind<T>;
  readonly aliases?: readonly Alias<T>[];
}

/** Must be set: there is nothing to assume. */
export interface RequiredRow<T> extends OptionalRow<T> {
  readonly required: true;
}

/** A known name that does nothing here. A name that ends in `*` stands for all that begin so. */
export interface UnusedName {
  readonly name: string;
  readonly effect: 'ignored' | 'refused';
  /** Completes "... is ignored: ". */
  readonly because: string;
}

export type Table = Readonly<Record<string, Row<unknown> | OptionalRow<unknown> | RequiredRow<unknown>>>;

/** The values of a table: undefined only where a row neither has a default nor must be set. */
export type Values<T> = {
  readonly [K in keyof T]: T[K] extends Row<infer V> | RequiredRow<infer V>
    ? V
    : T[K] extends OptionalRow<infer V>
      ? V | undefined
      : never;
};
