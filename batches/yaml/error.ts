// Failures while a YAML text is read, with the text that gopkg.in/yaml.v3 gives them. Thrown inside this folder only;
// ./index.ts turns them into data.

export interface Mark {
  /** Characters (not bytes, not code units) before this place. */
  readonly index: number;
  /** Counted from 0. */
  readonly line: number;
  /** Counted from 0, in characters. */
  readonly column: number;
}

export const START: Mark = { index: 0, line: 0, column: 0 };

export class YamlError extends Error {
  /** Where the reading stopped; null where yaml.v3 knows no place. */
  readonly mark: Mark | null;
  constructor(message: string, mark: Mark | null) {
    super(`yaml: ${message}`);
    this.mark = mark;
  }
}

/** A failure of the scanner: its marks count lines from 0, so yaml.v3 adds one. */
export function scannerError(problem: string, context: Mark, at: Mark): YamlError {
  return located(problem, context, at, 1);
}

/** A failure of the parser. yaml.v3 adds nothing here, so it names the line before the one meant. */
export function parserError(problem: string, context: Mark, at: Mark): YamlError {
  return located(problem, context, at, 0);
}

/** The line of the context wins over that of the problem; the first line of a text is never named (`parser.fail`). */
function located(problem: string, context: Mark, at: Mark, offset: 0 | 1): YamlError {
  const line = context.line !== 0 ? context.line : at.line;
  return new YamlError(line === 0 ? problem : `line ${line + offset}: ${problem}`, at);
}
