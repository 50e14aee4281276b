// The tree of a JSON text before it meets a Go type: numbers keep their digits, objects their order and repeated names.

interface Span {
  /** Where the value stands in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

export type JsonNode = Span &
  (
    | { readonly kind: 'null' }
    | { readonly kind: 'bool'; readonly value: boolean }
    | { readonly kind: 'number'; readonly digits: string }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
    | { readonly kind: 'object'; readonly members: readonly (readonly [string, JsonNode])[] }
  );

/**
 * `whole` is json.Unmarshal: nothing but space may follow the value. `first` is one Decode of a json.Decoder: what follows
 * the first value is not looked at, and a text that ends too early is `EOF` or `unexpected EOF`.
 */
export type JsonExtent = 'whole' | 'first';
