// What templates render to, in corners that no vector covers. Each expected text is what Go 1.26's text/template gave for the
// template over the same context (test/batches/template/context.ts).
import { describe, expect, test } from '@jest/globals';
import { CONTEXT, rendered } from './context.ts';

describe('rendering a step template', () => {
  test.each<[string, string, string]>([
    ['a method of the repository', '${{ .Repository.SearchResultPaths }}', 'a.go z.go'],
    [
      'a method takes no argument',
      '${{ .Repository.SearchResultPaths 1 }}',
      'template: t:1:15: executing "t" at <.Repository.SearchResultPaths>: wrong number of args for SearchResultPaths: want 0 got 1',
    ],
    [
      'a method does not take what a pipe brings',
      '${{ 1 | .Repository.SearchResultPaths }}',
      'template: t:1:19: executing "t" at <.Repository.SearchResultPaths>: wrong number of args for SearchResultPaths: want 0 got 1',
    ],
    [
      'methods of a time',
      '${{ outputs.time.Year }} ${{ outputs.time.Month }} ${{ outputs.time.Weekday }} ${{ outputs.time.Unix }}',
      '2020 January Thursday 1577934245',
    ],
    ['a method with a parameter', '${{ outputs.time.Format "Jan 2006" }}', 'Jan 2020'],
    ['and what a pipe brings', '${{ "2006" | outputs.time.Format }}', '2020'],
    [
      'without its argument',
      '${{ outputs.time.Format }}',
      'template: t:1:4: executing "t" at <outputs>: wrong number of args for Format: want 1 got 0',
    ],
    [
      'a field of a time',
      '${{ outputs.time.wall }}',
      'template: t:1:4: executing "t" at <outputs>: wall is an unexported field of struct type interface {}',
    ],
    [
      'a key of a map with keys of any type',
      '${{ outputs.any.s }} ${{ index outputs.any true }} ${{ index outputs.any 7 }}',
      'string yes seven',
    ],
    [
      'a range over such a map',
      '${{ range $k, $v := outputs.any }}${{ $k }}=${{ $v }};${{ end }}',
      's=string;7=seven;true=yes;',
    ],
    [
      'a range over an unsigned integer keeps its type',
      '${{ range index .PreviousStep.Diff 0 }}${{ if eq . 96 }}${{ printf "%T %v" . . }}${{ end }}${{ end }}',
      'uint8 96',
    ],
    ['a range over bytes', '${{ range .PreviousStep.Diff }}${{ . }},${{ end }}', '97,98,'],
    [
      'an integer and two variables',
      '${{ range $i, $v := 3 }}${{ end }}',
      'template: t:1:20: executing "t" at <3>: can\'t use 3 to iterate over more than one variable',
    ],
    [
      'a range over a struct',
      '${{ range .Repository }}${{ end }}',
      'template: t:1:10: executing "t" at <.Repository>: range can\'t iterate over {github.com/a/b main [z.go a.go]}',
    ],
    [
      "the else of a range sees the range's variable",
      '${{ range $v := outputs.nil }}${{ else }}${{ printf "%v" $v }}${{ end }}',
      '<nil>',
    ],
    [
      'break forgets what the body has declared',
      '${{ $x := 1 }}${{ range 3 }}${{ $x := 2 }}${{ if true }}${{ break }}${{ end }}${{ end }}${{ $x }}',
      '1',
    ],
    [
      'continue inside with and if',
      '${{ range $i := 4 }}${{ with $i }}${{ if eq . 2 }}${{ continue }}${{ end }}${{ end }}${{ $i }}${{ end }}',
      '013',
    ],
    ['an element that is a nil interface', '${{ range outputs.list }}[${{ . }}]${{ end }}', '[b][2][<no value>]'],
    [
      'nil as data of a template',
      '${{ define "x" }}${{ .a }}${{ end }}${{ template "x" }}',
      'template: t:1:21: executing "x" at <.a>: nil data; no entry for key "a"',
    ],
    [
      "a variable in a template is the template's own",
      '${{ define "x" }}${{ $ }}${{ end }}${{ $x := 1 }}${{ template "x" 2 }}${{ $x }}',
      '21',
    ],
    [
      'an error inside a definition names it',
      '${{ define "x" }}\n ${{ index . 1 }}${{ end }}${{ template "x" 2 }}',
      'template: t:2:5: executing "x" at <index . 1>: error calling index: can\'t index item of type int',
    ],
    ['and gives the first false value', '${{ and 1 0 outputs.nope }}', '0'],
    ['or takes what the pipe brings', '${{ 3 | or 0 "" }}', '3'],
    ['a function as argument is called', '${{ print outputs.map print }}', 'map[k:v]'],
    [
      'a dot that is an element as argument',
      '${{ range outputs.list }}${{ join . "" }}${{ end }}',
      'template: t:1:34: executing "t" at <.>: wrong type for value; expected []string; got string',
    ],
    [
      'len of a struct',
      '${{ len . }}',
      'template: t:1:4: executing "t" at <len .>: error calling len: len of type template.StepContext',
    ],
    [
      'len of an integer',
      '${{ len 3 }}',
      'template: t:1:4: executing "t" at <len 3>: error calling len: len of type int',
    ],
    [
      'index by uint64',
      '${{ index outputs.list outputs.max }}',
      'template: t:1:4: executing "t" at <index outputs.list outputs.max>: error calling index: index out of range: -1',
    ],
    [
      'index of a struct',
      '${{ index .Repository 1 }}',
      'template: t:1:4: executing "t" at <index .Repository 1>: error calling index: can\'t index item of type template.Repository',
    ],
    ['a slice of a slice reaches to its capacity', '${{ slice (slice outputs.list 0 1) 0 2 }}', '[b 2]'],
    [
      'a third index cuts the capacity',
      '${{ slice (slice outputs.list 0 1 1) 0 2 }}',
      'template: t:1:4: executing "t" at <slice (slice outputs.list 0 1 1) 0 2>: error calling slice: index out of range: 2',
    ],
    ['bytes of a text', '${{ len outputs.text }} ${{ index outputs.text 1 }} ${{ slice outputs.text 0 1 }}', '6 195 h'],
    [
      'a list compared with a map',
      '${{ eq outputs.list outputs.map }}',
      'template: t:1:4: executing "t" at <eq outputs.list outputs.map>: error calling eq: non-comparable types [b %!s(int=2) <nil>]: []interface {}, map[string]interface {}: map[k:v]',
    ],
    ['a nil list equals nil', '${{ eq steps.added_files nil }}', 'true'],
    ['structs without lists compare', '${{ eq .BatchChange .BatchChange }}', 'true'],
    [
      'structs with lists do not',
      '${{ eq .Repository .Repository }}',
      'template: t:1:4: executing "t" at <eq .Repository .Repository>: error calling eq: non-comparable type {github.com/a/b main [z.go a.go]}: template.Repository',
    ],
    ['pointers compare', '${{ eq . . }}', 'true'],
    [
      'signed and unsigned compare',
      '${{ lt -1 outputs.max }} ${{ eq outputs.int (index .PreviousStep.Diff 0) }}',
      'true false',
    ],
    [
      'complex numbers compare for equality only',
      '${{ eq 1+2i 1+2i }} ${{ lt 1i 2i }}',
      'template: t:1:24: executing "t" at <lt 1i 2i>: error calling lt: invalid type for comparison',
    ],
    ['html of several operands', '${{ html "<" 1 2 nil }}', '&lt;1 2&lt;no value&gt;'],
    ['js of what is not ASCII', '${{ js "a\\u00a0é\\x00=\'" }}', "a\\u00A0é\\u0000\\u003D\\'"],
    ['urlquery', '${{ urlquery "a b&é" }}', 'a+b%26%C3%A9'],
    ['a broken byte made whole by printing', '${{ print (slice outputs.text 0 2) (slice outputs.text 2 3) }}', 'hé'],
    [
      'a broken byte as separator',
      '${{ split "é" "\\xc3" | printf "%q" }} ${{ replace "aéb" "\\xa9" "!" | printf "%q" }}',
      '["" "\\xa9"] "a\\xc3!b"',
    ],
    [
      'undefined variable at run time',
      '${{ $x = 1 }}',
      'template: t:1:9: executing "t" at <1>: undefined variable: $x',
    ],
    [
      'an unsigned constant',
      '${{ print 18446744073709551615 }}',
      'template: t:1:10: executing "t" at <18446744073709551615>: 18446744073709551615 overflows int',
    ],
    [
      'call of a value',
      '${{ call outputs.map 1 }}',
      'template: t:1:4: executing "t" at <call outputs.map 1>: error calling call: non-function outputs.map of type map[string]interface {}',
    ],
    [
      'call of what a pipe brings',
      '${{ outputs.map | call }}',
      'template: t:1:18: executing "t" at <call>: error calling call: non-function <map[string]interface {} Value> of type map[string]interface {}',
    ],
    [
      'a result as the JSON that it is written as',
      '${{ printf "%s" .PreviousStep.MarshalJSON }}',
      '{"changedFiles":{"modified":null,"added":null,"deleted":null,"renamed":null},"stdout":"out","stderr":"","stepIndex":0,"diff":"ab","outputs":null}',
    ],
    [
      'a struct as the key of a map with keys of any type',
      '${{ index outputs.any .Step }}',
      'template: t:1:4: executing "t" at <index outputs.any .Step>: error calling index: runtime error: hash of unhashable type execution.AfterStepResult',
    ],
    [
      'comparing times',
      '${{ outputs.time.IsZero }} ${{ outputs.time.Before outputs.time }} ${{ outputs.time.Equal outputs.time }} ${{ outputs.time.Compare outputs.time }}',
      'false false true 0',
    ],
    [
      'comparing a time with something else',
      '${{ outputs.time.After outputs.int }}',
      'template: t:1:23: executing "t" at <outputs>: wrong type for value; expected time.Time; got int',
    ],
    [
      'a method that gives too much',
      '${{ outputs.time.Date }}',
      'template: t:1:4: executing "t" at <outputs>: function Date has 3 return values; should be 1 or 2',
    ],
    [
      'the whole context',
      '${{ .Step }} ${{ printf "%+v" .BatchChange }} ${{ printf "%#v" .Steps }}',
      '{0 {[] [] [] []}   0 [] map[] false} {Name:hello Description:} template.StepsContext{Changes:git.Changes{Modified:[]string{"m.go"}, Added:[]string(nil), Deleted:[]string(nil), Renamed:[]string(nil)}, Path:""}',
    ],
  ])('%s', (_name, text, expected) => {
    expect(rendered(text)).toBe(expected);
  });

  test('a nil map of outputs is empty', () => {
    expect(rendered('${{ outputs }}${{ len outputs }}', { ...CONTEXT, outputs: null })).toBe('map[]0');
  });
});
