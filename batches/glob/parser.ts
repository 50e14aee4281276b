// The syntax tree of a glob pattern. Braces that are never closed end with the pattern, as in gobwas/glob.
import { GlobError } from './error.ts';
import { GlobLexer } from './lexer.ts';

export type GlobNode =
  | { readonly kind: 'pattern' | 'any-of'; readonly children: GlobNode[] }
  | { readonly kind: 'nothing' | 'any' | 'super' | 'single' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly chars: string; readonly not: boolean }
  | { readonly kind: 'range'; readonly lo: number; readonly hi: number; readonly not: boolean };

export type BranchNode = Extract<GlobNode, { readonly kind: 'pattern' | 'any-of' }>;

/** Alternatives nested deeper are refused: Go would use up its stack or its minutes on them. */
const NESTING_MAX = 500;

/** Throws GlobError. */
export function parseGlob(pattern: string): BranchNode {
  const lexer = new GlobLexer(pattern);
  const root = branch('pattern');
  // The alternatives that are open, each with the pattern that it stands in.
  const open: { readonly outer: BranchNode; readonly anyOf: BranchNode }[] = [];
  let current = root;
  for (;;) {
    const token = lexer.next();
    switch (token.kind) {
      case 'eof':
        return root;
      case 'error':
        throw new GlobError(token.raw);
      case 'text':
        current.children.push({ kind: 'text', text: token.raw });
        break;
      case 'any':
      case 'super':
      case 'single':
        current.children.push({ kind: token.kind });
        break;
      case 'range-open':
        current.children.push(parseRange(lexer));
        break;
      case 'terms-open': {
        if (open.length === NESTING_MAX) throw new GlobError(`braces nest deeper than ${NESTING_MAX}`);
        const anyOf = branch('any-of');
        current.children.push(anyOf);
        open.push({ outer: current, anyOf });
        current = branch('pattern');
        anyOf.children.push(current);
        break;
      }
      case 'separator':
        current = branch('pattern');
        open.at(-1)?.anyOf.children.push(current);
        break;
      case 'terms-close':
        current = open.pop()?.outer ?? root;
        break;
      case 'not':
      case 'range-close':
      case 'range-lo':
      case 'range-between':
      case 'range-hi':
        throw new Error(`the lexer gave ${token.kind} outside of a range`);
    }
  }
}

function branch(kind: BranchNode['kind']): BranchNode {
  return { kind, children: [] };
}

function parseRange(lexer: GlobLexer): GlobNode {
  let not = false;
  let lo = 0;
  let hi = 0;
  let chars = '';
  for (;;) {
    const token = lexer.next();
    switch (token.kind) {
      case 'error':
        throw new GlobError(token.raw);
      case 'not':
        not = true;
        break;
      case 'range-lo':
        lo = token.raw.codePointAt(0) ?? 0;
        break;
      case 'range-hi':
        hi = token.raw.codePointAt(0) ?? 0;
        if (hi < lo) {
          throw new GlobError(`hi character '${token.raw}' should be greater than lo '${String.fromCodePoint(lo)}'`);
        }
        break;
      case 'text':
        chars = token.raw;
        break;
      case 'range-close':
        if ((lo !== 0 && hi !== 0) === (chars !== '')) throw new GlobError('could not parse range');
        return chars === '' ? { kind: 'range', lo, hi, not } : { kind: 'list', chars, not };
      case 'range-between':
        break;
      case 'eof':
      case 'any':
      case 'super':
      case 'single':
      case 'separator':
      case 'range-open':
      case 'terms-open':
      case 'terms-close':
        throw new Error(`the lexer gave ${token.kind} inside of a range`);
    }
  }
}
