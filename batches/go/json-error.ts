// The errors of reading and writing JSON as Go words them; inside of this folder they travel as exceptions or as data.

/** Thrown by the encoders, caught by `encoded` of ./json-encode.ts. */
export class JsonEncodeError extends Error {
  override readonly name = 'JsonEncodeError';
}

/** What went wrong when a JSON value met a Go type. */
export type JsonDecodeError =
  | {
      /** json.UnmarshalTypeError */
      readonly kind: 'type';
      /** What was found: `string`, `number 1.5`. */
      readonly found: string;
      /** The Go type it should have become. */
      readonly type: string;
      /** Where it happened: the innermost struct, and the path of field names from the outermost; empty outside of structs. */
      readonly struct: string;
      readonly field: string;
    }
  | { readonly kind: 'other'; readonly message: string };

export function decodeErrorText(error: JsonDecodeError): string {
  if (error.kind === 'other') return error.message;
  const place =
    error.struct !== '' || error.field !== ''
      ? `Go struct field ${error.struct}.${error.field} of type`
      : 'Go value of type';
  return `json: cannot unmarshal ${error.found} into ${place} ${error.type}`;
}
