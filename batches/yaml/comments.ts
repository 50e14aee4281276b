// Passing over comments. Nothing is kept of them.
import { isBlank, isBreak } from './characters.ts';
import type { Cursor } from './cursor.ts';

const HASH = 0x23;
/** How far yaml.v3 looks beyond a comment or token for another comment. */
const LOOKAHEAD_MAX = 512;

/** From "#" over all comments that follow on the next lines, whatever blanks stand before them, to the end of the last. */
export function skipComments(cursor: Cursor): void {
  for (;;) {
    cursor.skipToLineEnd();
    const distance = blanksAhead(cursor, true);
    if (cursor.peek(distance) !== HASH || distance >= LOOKAHEAD_MAX) return;
    for (const target = cursor.position + distance; cursor.position < target;) {
      if (isBreak(cursor.peek())) cursor.skipLine();
      else cursor.skip();
    }
  }
}

/** A comment behind a token, on the line that the token ends. */
export function skipTrailingComment(cursor: Cursor): void {
  if (cursor.newlines > 0) return;
  const distance = blanksAhead(cursor, false);
  if (distance >= LOOKAHEAD_MAX || cursor.peek(distance) !== HASH) return;
  cursor.skipToLineEnd();
}

function blanksAhead(cursor: Cursor, breaksToo: boolean): number {
  let distance = 0;
  while (
    distance < LOOKAHEAD_MAX &&
    (isBlank(cursor.peek(distance)) || (breaksToo && isBreak(cursor.peek(distance))))
  ) {
    distance += 1;
  }
  return distance;
}
