// Trees as they print themselves, and errors. Rows after Go's text/template/parse/parse_test.go, with our delimiters; error
// texts were asked of Go 1.26 itself.
import { describe, expect, test } from '@jest/globals';
import { TemplateError } from '#batches/template/error.ts';
import { listText } from '#batches/template/node-text.ts';
import { parseTemplate } from '#batches/template/parser.ts';

const isFunction = (name: string): boolean => ['printf', 'contains', 'print'].includes(name);

function printed(text: string): string {
  return listText(parseTemplate('t', text, isFunction).get('t')?.root ?? []);
}

function failure(text: string): string {
  try {
    return `no error: ${printed(text)}`;
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

describe('parseTemplate', () => {
  test.each<[string, string, string]>([
    ['empty', '', ''],
    ['a comment', '${{/*\n\n\n*/}}', ''],
    ['spaces', ' \t\n', ' \t\n'],
    ['a field', '${{.X}}', '{{.X}}'],
    ['a command with fields of a variable', '${{$.I}} ${{printf `%d` 23}}', '{{$.I}} {{printf `%d` 23}}'],
    ['a pipeline with declaration', '${{$x := .X|printf}}', '{{$x := .X | printf}}'],
    ['nested pipelines', '${{.Y (.X (print .Z) (.W|printf))}}', '{{.Y (.X (print .Z) (.W | printf))}}'],
    ['a field of a parenthesis', '${{(.Y .Z).Field}}', '{{(.Y .Z).Field}}'],
    ['if else', '${{if .X}}t${{else}}f${{end}}', '{{if .X}}t{{else}}f{{end}}'],
    [
      'else if',
      '+${{if .X}}X${{else if .Y}}Y${{else if .Z}}Z${{end}}+',
      '+{{if .X}}X{{else}}{{if .Y}}Y{{else}}{{if .Z}}Z{{end}}{{end}}{{end}}+',
    ],
    ['with else with', '${{with .X}}h${{else with .Y}}g${{end}}', '{{with .X}}h{{else}}{{with .Y}}g{{end}}{{end}}'],
    [
      'range with break and continue',
      '${{range $i, $e := .SI}}${{break}}${{ continue }}${{end}}',
      '{{range $i, $e := .SI}}{{break}}{{continue}}{{end}}',
    ],
    [
      'an assignment in a range',
      '${{$x := 0}}${{range $x = 0}}${{$x}}${{end}}',
      '{{$x := 0}}{{range $x = 0}}{{$x}}{{end}}',
    ],
    [
      'constants',
      '${{print .SI 1 -3.2i true false \'a\' nil "x\\"" `y`}}',
      '{{print .SI 1 -3.2i true false \'a\' nil "x\\"" `y`}}',
    ],
    ['template', '${{template `x` .Y}}', '{{template "x" .Y}}'],
    ['a block leaves an invocation', '${{block "foo" .}}hello${{end}}', '{{template "foo" .}}'],
    ['trimmed', 'x \r\n\t${{- 3 -}}\n\n\ty', 'x{{3}}y'],
    ['newlines in an action', '${{\n"x"\n|\nprintf\n}}', '{{"x" | printf}}'],
  ])('%s', (_name, text, expected) => {
    expect(printed(text)).toBe(expected);
  });

  test('what it prints means the same when it is read again', () => {
    const text = '${{if .X}}a${{range $i, $e := .Y}}${{$e.Z}}${{else}}b${{end}}${{end}}${{(print 1).F | printf "%d"}}';
    const again = printed(text).replaceAll('{{', '${{');
    expect(printed(again)).toBe(printed(text));
  });

  test.each<[string, string, string]>([
    ['an unclosed action in a later line', 'line1\n${{ print 1\n', 'template: t:3: unclosed action started at t:2'],
    [
      'an unclosed string in a later line',
      '${{\n"a',
      'template: t:2: unterminated quoted string in action started at t:1',
    ],
    ['a control word alone', 'hello${{range', 'template: t:1: unclosed action'],
    ['two else', '${{if .X}}1${{else}}2${{else}}3${{end}}', 'template: t:1: expected end; found {{else}}'],
    ['else in a define', '${{define "x"}}${{else}}${{end}}', 'template: t:1: unexpected {{else}} in define clause'],
    ['else in a block', '${{block "x" .}}${{else}}${{end}}', 'template: t:1: unexpected {{else}} in block clause'],
    ['a variable after its block', '${{with $x := 4}}${{end}}${{$x}}', 'template: t:1: undefined variable "$x"'],
    [
      'a variable of the text in a definition',
      '${{$x := 1}}${{block "y" .}}${{$x}}${{end}}',
      'template: t:1: undefined variable "$x"',
    ],
    ['two variables outside a range', '${{with $v, $u := 3}}${{end}}', 'template: t:1: too many declarations in with'],
    [
      'a range over a declaration and something else',
      '${{range $u, 3}}${{end}}',
      'template: t:1: range can only initialize variables',
    ],
    [
      'break in the else of a range',
      '${{range .}}${{else}}${{break}}${{end}}',
      'template: t:1: {{break}} outside {{range}}',
    ],
    [
      'break in a block inside a range',
      '${{range .}}${{block "x" .}}${{break}}${{end}}${{end}}',
      'template: t:1: {{break}} outside {{range}}',
    ],
    ['a dot after a character', "${{'a'.any}}", 'template: t:1: unexpected . after term "\'a\'"'],
    ['operands without space', '${{printf 3`x`}}', 'template: t:1: unexpected "`x`" in operand'],
    ['a long token is cut', '${{printf 3`abcdefghijk`}}', 'template: t:1: unexpected "`abcdefghi"... in operand'],
    [
      'a name twice',
      '${{define "a"}}a${{end}}${{define "a"}}b${{end}}',
      'template: t:1: template: multiple definition of template "a"',
    ],
    [
      'an overflowing constant',
      '${{print 10000000000000000000000}}',
      'template: t:1: integer overflow: "10000000000000000000000"',
    ],
    ['a malformed character', "${{print 'ab'}}", "template: t:1: malformed character constant: 'ab'"],
    ['a bad escape', '${{print "\\q"}}', 'template: t:1: invalid syntax'],
    ['a complex number that is none', '${{print 1i+2i}}', 'template: t:1: syntax error scanning complex number'],
  ])('%s', (_name, text, expected) => {
    expect(failure(text)).toBe(expected);
  });
});
