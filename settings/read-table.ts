// Reads an environment by one table: every value or every problem, never an exception. What is not a mistake but worth
// a line in the log is a notice.
import type { Kind } from './kinds.ts';
import type { OptionalRow, RequiredRow, Row, Table, Values } from './row.ts';

/** Variables as a process has them; an empty value counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A mistake in one setting: what is wrong, and what to do. */
export interface Problem {
  readonly name: string;
  readonly message: string;
}

export interface Notice extends Problem {
  readonly id: 'other-name' | 'shadowed' | 'ignored' | 'unused-by-backend' | 'first-only' | 'insecure';
}

type AnyRow = Row<unknown> | OptionalRow<unknown> | RequiredRow<unknown>;

export function readTable<T extends Table>(
  table: T,
  environment: Environment,
  problems: Problem[],
  notices: Notice[],
): Partial<Values<T>> {
  const values: Record<string, unknown> = {};
  for (const [key, row] of Object.entries(table)) values[key] = readRow(row, environment, problems, notices);
  return values as Partial<Values<T>>;
}

/** The value, or undefined when there is none; a problem has been noted when there should be one. */
function readRow(row: AnyRow, environment: Environment, problems: Problem[], notices: Notice[]): unknown {
  const spellings: { name: string; kind: Kind<unknown>; because?: string; equal?: true }[] = [
    { name: row.name, kind: row.kind },
    ...(row.aliases ?? []).map((alias) => ({ ...alias, kind: alias.kind ?? row.kind })),
  ];
  let taken: { name: string; text: string; value: unknown } | undefined;
  let failed = false;
  for (const { name, kind, because, equal } of spellings) {
    const text = environment[name];
    if (text === undefined || text.trim() === '') continue;
    if (taken !== undefined) {
      // What is overruled is not judged, only mentioned where it says something else.
      if (taken.text !== text) notices.push(shadowed(name, taken.name));
      continue;
    }
    const reading = kind.read(text.trim());
    if (!reading.ok) {
      failed = true;
      problems.push({ name, message: wrongValue(row, name, text.trim(), reading.must) });
    } else if (reading.value !== undefined) {
      taken = { name, text, value: reading.value };
      if (because !== undefined && equal !== true) {
        notices.push({ id: 'other-name', name, message: `${name} is ${because}; it is read as ${row.name}.` });
      }
    }
  }
  if (taken !== undefined || failed) return taken?.value;
  if ('required' in row) problems.push({ name: row.name, message: missing(row) });
  return 'default' in row ? defaultValue(row) : undefined;
}

function shadowed(name: string, by: string): Notice {
  return {
    id: 'shadowed',
    name,
    message: `${name} is set too and not read, because ${by} is set; remove one of them.`,
  };
}

function wrongValue(row: AnyRow, name: string, text: string, must: string): string {
  const shown = row.secret === true ? 'its value' : `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
  const orRemove = 'default' in row ? `, or remove it for the default (${row.default})` : '';
  return `${name}: ${shown} is not valid; it must be ${must}${orRemove}.`;
}

export function missing(row: Pick<AnyRow, 'name' | 'sentence'>): string {
  return `${row.name} must be set. ${row.sentence}`;
}

function defaultValue(row: Row<unknown>): unknown {
  const reading = row.kind.read(row.default);
  if (!reading.ok) throw new Error(`the default of ${row.name} must be ${reading.must}`);
  return reading.value;
}

/** The variables that read back as these values; for the environment of functions and child processes. */
export function environmentOf<T extends Table>(table: T, values: Partial<Values<T>>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [key, row] of Object.entries(table)) {
    const value = (values as Readonly<Record<string, unknown>>)[key];
    if (value !== undefined) variables[row.name] = row.kind.write(value);
  }
  return variables;
}
