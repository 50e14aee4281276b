// Plain scalars: text without quotes, which may run over several lines.
import { END, isBlank, isBlankBreakOrEnd, isBreak, isTab } from './characters.ts';
import type { Cursor } from './cursor.ts';
import { scannerError } from './error.ts';
import { LineFolder } from './line-folder.ts';
import type { Token } from './tokens.ts';

const FLOW_INDICATORS: ReadonlySet<number> = new Set(Array.from(',?[]{}', (character) => character.charCodeAt(0)));
const COLON = 0x3a;
const HASH = 0x23;

export interface PlainScalar {
  readonly token: Token;
  /** The cursor stands on a line after that of the last character. */
  readonly endedLine: boolean;
}

/** `indent` is the column of the block around it (-1 outside any); continuation lines stand further right. */
export function scanPlainScalar(cursor: Cursor, indent: number, inFlow: boolean): PlainScalar {
  const start = cursor.mark();
  let end = start;
  const parts: string[] = [];
  const folder = new LineFolder();
  for (;;) {
    if (cursor.atDocumentIndicator() || cursor.peek() === HASH) break;
    const from = cursor.position;
    while (!endsRun(cursor, inFlow)) cursor.skip();
    if (cursor.position > from) {
      parts.push(folder.take(), cursor.textFrom(from));
      end = cursor.mark();
    }
    const next = cursor.peek();
    if (!isBlank(next) && !isBreak(next)) break;
    while (isBlank(cursor.peek()) || isBreak(cursor.peek())) {
      if (folder.brokeLine && cursor.column < indent + 1 && isTab(cursor.peek())) {
        throw scannerError('found a tab character that violates indentation', start, cursor.mark());
      }
      folder.consume(cursor);
    }
    if (!inFlow && cursor.column < indent + 1) break;
  }
  return {
    token: { type: 'scalar', value: parts.join(''), style: 'plain', start, end },
    endedLine: folder.brokeLine,
  };
}

function endsRun(cursor: Cursor, inFlow: boolean): boolean {
  const unit = cursor.peek();
  if (unit === END || isBlankBreakOrEnd(unit)) return true;
  if (unit === COLON && isBlankBreakOrEnd(cursor.peek(1))) return true;
  return inFlow && FLOW_INDICATORS.has(unit);
}
