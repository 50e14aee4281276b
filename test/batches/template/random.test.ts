// Whatever the text, rendering gives a text or throws a TemplateError; `rendered` lets anything else through.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { validateBatchSpecTemplate, TemplateError } from '#batches/template/index.ts';
import { staticText } from '#batches/template/partial-evaluation.ts';
import { CONTEXT, rendered } from './context.ts';

/** Pieces of templates, so that random texts get past the lexer often enough. */
const piece = fc.oneof(
  fc.constantFrom(
    ...['${{ ', ' }}', '${{- ', ' -}}', '${{/* ', ' */}}', '(', ')', ' | ', ' := ', ' = ', ', ', '.', '$', '$x', ' '],
    ...['if ', 'else ', 'with ', 'range ', 'end', 'break', 'continue', 'define "x"', 'template "x" ', 'block "x" '],
    ...['nil', 'true', '1', '-2.5', '1+2i', "'c'", '"s"', '"%[2]*.[1]*v"', '`r`', '"\\xff"', '0x1p-2', 'outputs'],
    ...[
      'outputs.list',
      'outputs.any',
      'outputs.time',
      'outputs.nil',
      'steps.modified_files',
      'repository.name',
      '.Step',
    ],
    ...['and ', 'or ', 'not ', 'eq ', 'lt ', 'len ', 'index ', 'slice ', 'print ', 'printf ', 'html ', 'js ', 'call '],
    ...['urlquery ', 'join ', 'split ', 'replace ', 'join_if ', 'matches '],
  ),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
  fc.constantFrom('\udc80', '\udcff', '\0', '\n', 'é'),
);
const template = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));
const action = fc.array(piece, { maxLength: 10 }).map((pieces) => `\${{ ${pieces.join(' ')} }}`);

describe('random templates', () => {
  test('rendering throws nothing but TemplateError', () => {
    fc.assert(
      fc.property(fc.oneof(template, action), (text) => {
        expect(typeof rendered(text)).toBe('string');
      }),
      { numRuns: 4000 },
    );
  });

  test('neither does partial evaluation, nor the dry run', () => {
    fc.assert(
      fc.property(fc.oneof(template, action), (text) => {
        for (const evaluate of [() => staticText(text, CONTEXT), () => validateBatchSpecTemplate(text)]) {
          try {
            evaluate();
          } catch (error) {
            expect(error).toBeInstanceOf(TemplateError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('text without a start delimiter is rendered as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('${{') && text.isWellFormed());
        expect(rendered(text)).toBe(text);
      }),
    );
  });
});
