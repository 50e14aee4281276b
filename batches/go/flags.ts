// Command line flags as Go's package flag parses them: one dash or two, `-name value` or `-name=value`, ending at the
// first argument that is no flag.
import { quote } from './quote.ts';

export interface FlagSpec {
  readonly kind: 'text' | 'bool';
  /** Go's error for a value that the flag cannot take, undefined for one that it can. */
  readonly check?: (value: string) => string | undefined;
}

export type ParsedFlags =
  | { readonly kind: 'parsed'; readonly values: ReadonlyMap<string, string>; readonly rest: readonly string[] }
  /** -h or -help, which the program does not define. */
  | { readonly kind: 'help' }
  | { readonly kind: 'error'; readonly message: string };

/** A bool flag's value is `true` or `false`. */
export function parseFlags(args: readonly string[], specs: Readonly<Record<string, FlagSpec>>): ParsedFlags {
  const values = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? '';
    if (argument.length < 2 || !argument.startsWith('-')) return { kind: 'parsed', values, rest: args.slice(at) };
    if (argument === '--') return { kind: 'parsed', values, rest: args.slice(at + 1) };
    const text = argument.slice(argument.startsWith('--') ? 2 : 1);
    if (text.startsWith('-') || text.startsWith('=')) return problem(`bad flag syntax: ${argument}`);
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals);
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) {
      return name === 'help' || name === 'h' ? { kind: 'help' } : problem(`flag provided but not defined: -${name}`);
    }
    let value = equals < 0 ? undefined : text.slice(equals + 1);
    if (value === undefined && spec.kind === 'text') {
      at += 1;
      value = args[at];
      if (value === undefined) return problem(`flag needs an argument: -${name}`);
    }
    const set = spec.kind === 'bool' ? parseBool(value ?? 'true') : value;
    if (set === undefined) return problem(`invalid boolean value ${quote(value ?? '')} for -${name}: parse error`);
    const refused = spec.check?.(set);
    if (refused !== undefined) return problem(`invalid value ${quote(set)} for flag -${name}: ${refused}`);
    values.set(name, set);
  }
  return { kind: 'parsed', values, rest: [] };
}

const problem = (message: string): ParsedFlags => ({ kind: 'error', message });

/** `strconv.ParseBool`, as text; undefined for what it refuses. */
export function parseBool(text: string): 'true' | 'false' | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return 'true';
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return 'false';
  return undefined;
}
