// The tokens of a template, and how error texts show them (Go: text/template/parse/lex.go).
import { sprintf } from '#batches/go/format.ts';
import { byteLength } from '#batches/go/text-bytes.ts';

export const KEYWORDS = [
  '.',
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
] as const;
export type Keyword = (typeof KEYWORDS)[number];

export type TokenType =
  | Keyword
  | 'error'
  | 'bool'
  | 'character' // a printable ASCII character that means nothing by itself, a comma for example
  | 'character constant'
  | 'complex'
  | 'assign'
  | 'declare'
  | 'eof'
  | 'field'
  | 'identifier'
  | 'left delimiter'
  | 'left parenthesis'
  | 'number'
  | 'pipe'
  | 'raw string'
  | 'right delimiter'
  | 'right parenthesis'
  | 'space'
  | 'string'
  | 'text'
  | 'variable';

export interface Token {
  readonly type: TokenType;
  /** Index into the template's text, in UTF-16 units. */
  readonly position: number;
  /** The token as written; of an error its message. */
  readonly text: string;
  /** Of its first character, counted from 1. */
  readonly line: number;
}

const KEYWORD_SET: ReadonlySet<string> = new Set(KEYWORDS);

export function isKeyword(word: string): word is Keyword {
  return KEYWORD_SET.has(word);
}

/** The token as an error text names it. */
export function tokenText(token: Token): string {
  if (token.type === 'eof') return 'EOF';
  if (token.type === 'error') return token.text;
  if (isKeyword(token.type)) return `<${token.text}>`;
  return sprintf(byteLength(token.text) > 10 ? '%.10q...' : '%q', [token.text]);
}
