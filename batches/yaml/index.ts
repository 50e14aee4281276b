// YAML as gopkg.in/yaml.v3 v3.0.1 reads it into an empty interface: the first document of a text to a Go value, or the
// error with the Go package's wording. Scanner and parser are libyaml's machines written anew, since only their order
// of work gives the same errors for broken texts; bounded by a depth, and by yaml.v3's limit on aliases.
import type { GoValue } from '../go/values.ts';
import { composeFirst } from './composer.ts';
import { markUnder } from './locate.ts';
import { Cursor } from './cursor.ts';
import { Decoder } from './decoder.ts';
import { YamlError, type Mark } from './error.ts';
import { Parser } from './parser.ts';
import { readable } from './reader.ts';
import { Scanner } from './scanner.ts';

/** Counted from 1. */
export interface YamlPlace {
  readonly line: number;
  readonly column: number;
}

export type YamlOutcome =
  | {
      readonly kind: 'value';
      readonly value: GoValue;
      /** Where the value under these keys and indexes stands, or what of it there is. */
      readonly placeOf: (path: readonly (string | number)[]) => YamlPlace;
    }
  /** A text without any document: `Decoder.Decode` says EOF, `Unmarshal` leaves its target alone. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'error'; readonly message: string; readonly place: YamlPlace | null };

export function decodeYaml(text: string): YamlOutcome {
  try {
    const root = composeFirst(new Parser(new Scanner(new Cursor(readable(text)))));
    if (root === null) return { kind: 'empty' };
    const decoder = new Decoder();
    const value = decoder.decode(root);
    const [first] = decoder.errors;
    if (first === undefined) return { kind: 'value', value, placeOf: (path) => placeOf(markUnder(root, path)) };
    const list = decoder.errors.map((error) => error.text).join('\n  ');
    return { kind: 'error', message: `yaml: unmarshal errors:\n  ${list}`, place: placeOf(first.mark) };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return { kind: 'error', message: error.message, place: error.mark === null ? null : placeOf(error.mark) };
  }
}

function placeOf(mark: Mark): YamlPlace {
  return { line: mark.line + 1, column: mark.column + 1 };
}
