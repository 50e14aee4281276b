// A type that Sourcegraph writes in two forms: version 2 with its diff as base64, and the older one, which has no version and
// its diff as text. Which of them a text is stands in its field `version`.
import { inMarshalJson } from './go/json-encode.ts';
import type { JsonDecodeError } from './go/json-error.ts';
import { customType, unmarshalNode, type GoType } from './go/json-type.ts';
import { decodeText, encodeText } from './go/text.ts';

interface Versioned {
  readonly version: number;
  readonly diff: Uint8Array | null;
}

export interface VersionedForms<T extends Versioned, Rest> {
  readonly name: string;
  /** What errors of its MarshalJSON call the type. */
  readonly marshaller: string;
  readonly version: GoType<Pick<Versioned, 'version'>>;
  readonly version2: GoType<T>;
  /** `Rest`: the fields that the older form has beside the diff. */
  readonly older: GoType<Rest & { readonly diff: string }>;
  /** What is said of an older form that cannot be read. `text` is that form's. @default the error itself */
  readonly olderError?: (error: JsonDecodeError, text: string) => JsonDecodeError;
}

export function versionedType<T extends Versioned & Rest, Rest>(forms: VersionedForms<T, Rest>): GoType<T> {
  const { version, version2, older, olderError } = forms;
  return customType<T>({
    name: forms.name,
    zero: version2.zero,
    read(node, source, previous) {
      const found = unmarshalNode(version, node, source);
      if ('error' in found) return found;
      if (found.value.version === 2) return unmarshalNode(version2, node, source);
      const read = unmarshalNode(older, node, source);
      if ('error' in read) {
        return { error: olderError?.(read.error, source.slice(node.start, node.end)) ?? read.error };
      }
      // What the older form lacks keeps what was there before.
      return { value: { ...previous, ...read.value, diff: encodeText(read.value.diff) } };
    },
    encode: (value) =>
      inMarshalJson(forms.marshaller, () =>
        value.version === 2
          ? version2.encode(value)
          : older.encode({ ...value, diff: decodeText(value.diff ?? new Uint8Array()) }),
      ),
  });
}
