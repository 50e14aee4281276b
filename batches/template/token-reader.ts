// The parser's view of the tokens of one template definition: three tokens of look-ahead, and errors that name the line
// (`Tree` of Go's text/template/parse/parse.go). A definition inside a text reads from the same lexer with a look-ahead of
// its own, so line numbers in errors come out as Go's do.
import { sprintf } from '#batches/go/format.ts';
import type { GoConcrete } from '#batches/go/reflect.ts';
import { TemplateError } from './error.ts';
import type { Lexer } from './lexer.ts';
import { tokenText, type Token, type TokenType } from './tokens.ts';

const NO_TOKEN: Token = { type: 'error', position: 0, text: '', line: 0 };

export class TokenReader {
  /** Line of the action being read; 0 between actions. */
  actionLine = 0;
  private readonly lexer: Lexer;
  private readonly parseName: string;
  private readonly lookahead: [Token, Token, Token] = [NO_TOKEN, NO_TOKEN, NO_TOKEN];
  private waiting: 0 | 1 | 2 | 3 = 0;

  /** `parseName`: name of the whole text, which error texts repeat. */
  constructor(lexer: Lexer, parseName: string) {
    this.lexer = lexer;
    this.parseName = parseName;
  }

  /** A reader for a definition inside this one. */
  forDefinition(): TokenReader {
    return new TokenReader(this.lexer, this.parseName);
  }

  next(): Token {
    if (this.waiting > 0) this.waiting -= 1;
    else this.lookahead[0] = this.lexer.nextToken();
    return this.lookahead[this.waiting as 0 | 1 | 2];
  }

  /** Gives back the token that was read last. */
  backup(): void {
    this.waiting += 1;
  }

  /** Gives back two: `earlier`, and after it the one that was read last. */
  backup2(earlier: Token): void {
    this.lookahead[1] = earlier;
    this.waiting = 2;
  }

  /** Gives back three: `first`, `second`, and the one that was read last. */
  backup3(first: Token, second: Token): void {
    this.lookahead[1] = second;
    this.lookahead[2] = first;
    this.waiting = 3;
  }

  peek(): Token {
    if (this.waiting > 0) return this.lookahead[(this.waiting - 1) as 0 | 1 | 2];
    this.waiting = 1;
    this.lookahead[0] = this.lexer.nextToken();
    return this.lookahead[0];
  }

  nextNonSpace(): Token {
    let token = this.next();
    while (token.type === 'space') token = this.next();
    return token;
  }

  peekNonSpace(): Token {
    const token = this.nextNonSpace();
    this.backup();
    return token;
  }

  expect(type: TokenType, context: string): Token {
    const token = this.nextNonSpace();
    return token.type === type ? token : this.unexpected(token, context);
  }

  unexpected(token: Token, context: string): never {
    if (token.type !== 'error') this.fail('unexpected %s in %s', tokenText(token), context);
    let extra = '';
    if (this.actionLine !== 0 && this.actionLine !== token.line) {
      const where = ` started at ${this.parseName}:${this.actionLine}`;
      extra = token.text.endsWith(' action') ? where : ` in action${where}`;
    }
    this.fail('%s%s', token.text, extra);
  }

  /** The template's name becomes part of the format, as in Go: a % in it is read as a verb. */
  fail(format: string, ...operands: readonly GoConcrete[]): never {
    const line = this.lookahead[0].line;
    throw new TemplateError(sprintf(`template: ${this.parseName}:${line}: ${format}`, operands));
  }
}
