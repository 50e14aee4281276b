// Tokens. Rows after Go's text/template/parse/lex_test.go, with our delimiters.
import { describe, expect, test } from '@jest/globals';
import { Lexer } from '#batches/template/lexer.ts';
import type { Token } from '#batches/template/tokens.ts';

/** The tokens up to the end or an error; a long text keeps the limit of this loop honest. */
function tokensOf(text: string): Token[] {
  const lexer = new Lexer(text);
  const tokens: Token[] = [];
  while (tokens.length < 100) {
    const token = lexer.nextToken();
    tokens.push(token);
    if (token.type === 'eof' || token.type === 'error') break;
  }
  return tokens;
}

function shown(text: string): string[] {
  return tokensOf(text).map((token) => (token.type === 'eof' ? 'eof' : `${token.type} ${token.text}`));
}

const LEFT = 'left delimiter ${{';
const RIGHT = 'right delimiter }}';
const SPACE = 'space  ';

describe('Lexer', () => {
  test.each<[string, string, string[]]>([
    ['empty', '', ['eof']],
    ['text', 'now is {{ the }} $', ['text now is {{ the }} $', 'eof']],
    ['a comment is skipped', 'hello-${{/* this is a comment */}}world', ['text hello-', 'text world', 'eof']],
    ['punctuation', '${{,@% }}', [LEFT, 'character ,', 'character @', 'character %', SPACE, RIGHT, 'eof']],
    ['empty action', '${{}}', [LEFT, RIGHT, 'eof']],
    [
      'parentheses',
      '${{((3))}}',
      [
        LEFT,
        'left parenthesis (',
        'left parenthesis (',
        'number 3',
        'right parenthesis )',
        'right parenthesis )',
        RIGHT,
        'eof',
      ],
    ],
    [
      'numbers',
      '${{1 02 0X14 -7.2i +1.2e-4 1+2i 1_2 0x1.e_fp4}}',
      [
        LEFT,
        ...[
          'number 1',
          'number 02',
          'number 0X14',
          'number -7.2i',
          'number +1.2e-4',
          'complex 1+2i',
          'number 1_2',
        ].flatMap((token) => [token, SPACE]),
        'number 0x1.e_fp4',
        RIGHT,
        'eof',
      ],
    ],
    [
      'dots',
      '${{.x . .2 .x.y.z}}',
      [LEFT, 'field .x', SPACE, '. .', SPACE, 'number .2', SPACE, 'field .x', 'field .y', 'field .z', RIGHT, 'eof'],
    ],
    [
      'variables',
      '${{$ $hello $2 $x.Y}}',
      [
        LEFT,
        'variable $',
        SPACE,
        'variable $hello',
        SPACE,
        'variable $2',
        SPACE,
        'variable $x',
        'field .Y',
        RIGHT,
        'eof',
      ],
    ],
    ['keywords', '${{range if nil}}', [LEFT, 'range range', SPACE, 'if if', SPACE, 'nil nil', RIGHT, 'eof']],
    [
      'a field after parentheses',
      '${{(.X).Y}}',
      [LEFT, 'left parenthesis (', 'field .X', 'right parenthesis )', 'field .Y', RIGHT, 'eof'],
    ],
    ['trim markers', 'a \n${{- 3 -}} \tb', ['text a', LEFT, 'number 3', RIGHT, 'text b', 'eof']],
    ['a minus without space is no trim marker', 'a ${{-3}} b', ['text a ', LEFT, 'number -3', RIGHT, 'text  b', 'eof']],
    ['a bad character', '${{\u0001}}', [LEFT, 'error unrecognized character in action: U+0001']],
    ['an unclosed action', '${{', [LEFT, 'error unclosed action']],
    ['an unclosed quote', '${{"\n"}}', [LEFT, 'error unterminated quoted string']],
    ['an unclosed raw string', '${{`xx}}', [LEFT, 'error unterminated raw quoted string']],
    ['an unclosed character', "${{'\n}}", [LEFT, 'error unterminated character constant']],
    ['a bad number', '${{3k}}', [LEFT, 'error bad number syntax: "3k"']],
    ['an unclosed parenthesis', '${{(3}}', [LEFT, 'left parenthesis (', 'number 3', 'error unclosed left paren']],
    ['an extra parenthesis', '${{3)}}', [LEFT, 'number 3', 'error unexpected right paren']],
    ['an unclosed comment', 'a${{/* }}', ['text a', 'error unclosed comment']],
    ['a comment that ends too early', '${{/* */ x}}', ['error comment ends before closing delimiter']],
  ])('%s', (_name, text, expected) => {
    expect(shown(text)).toEqual(expected);
  });

  test('tokens know their place and line', () => {
    expect(tokensOf('0123\n${{ x\n\n}}y').map(({ type, position, line }) => [type, position, line])).toEqual([
      ['text', 0, 1],
      ['left delimiter', 5, 2],
      ['space', 8, 2],
      ['identifier', 9, 2],
      ['space', 10, 2],
      ['right delimiter', 12, 4],
      ['text', 14, 4],
      ['eof', 15, 4],
    ]);
  });
});
