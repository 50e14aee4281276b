// A step's `env` (Sourcegraph's lib/batches/env): variables with a value, and bare names that take theirs from the outer
// environment.
import { quote } from '../go/quote.ts';

export interface EnvironmentVariable {
  readonly name: string;
  /** null: a bare name. */
  readonly value: string | null;
}

/** In declared order; a later variable of the same name wins. */
export type Environment = readonly EnvironmentVariable[];

export type ResolvedEnvironment =
  | { readonly kind: 'resolved'; readonly variables: ReadonlyMap<string, string> }
  | { readonly kind: 'error'; readonly message: string };

/** Whether nothing depends on the outer environment. */
export function isStaticEnvironment(environment: Environment): boolean {
  return environment.every(({ value }) => value !== null);
}

/** The bare names, in order, repeated ones too. */
export function outerVariables(environment: Environment): string[] {
  return environment.filter(({ value }) => value === null).map(({ name }) => name);
}

/** `outer` holds `NAME=VALUE` texts; a name that is not in it resolves to the empty text. */
export function resolveEnvironment(environment: Environment, outer: readonly string[]): ResolvedEnvironment {
  const given = new Map<string, string>();
  for (const entry of outer) {
    const equals = entry.indexOf('=');
    if (equals === -1) return { kind: 'error', message: `unable to parse environment variable ${quote(entry)}` };
    given.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  const variables = new Map<string, string>();
  for (const { name, value } of environment) variables.set(name, value ?? given.get(name) ?? '');
  return { kind: 'resolved', variables };
}
