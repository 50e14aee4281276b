// The one exception inside of glob/: thrown where a pattern is refused or Go's code would panic, caught by ./index.ts.

export class GlobError extends Error {
  override readonly name = 'GlobError';
}

/** The text of Go's panic for `s[low:high]` beyond a string of `length` bytes. */
export function sliceBeyond(high: number, length: number): GlobError {
  return new GlobError(`runtime error: slice bounds out of range [:${high}] with length ${length}`);
}
