import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { marshalStepResult, unmarshalStepResult } from '#batches/step-result-json.ts';
import type { AfterStepResult } from '#batches/step-result.ts';

const paths = fc.option(fc.array(fc.string()));

const version2: fc.Arbitrary<AfterStepResult> = fc.record({
  version: fc.constant(2),
  changedFiles: fc.record({ modified: paths, added: paths, deleted: paths, renamed: paths }),
  stdout: fc.string({ unit: 'grapheme' }),
  stderr: fc.string(),
  stepIndex: fc.nat(),
  diff: fc.option(fc.uint8Array()),
  outputs: fc.option(fc.array(fc.tuple(fc.string(), fc.string())).map((entries) => new Map(entries))),
  skipped: fc.boolean(),
});

function roundTrip(result: AfterStepResult): unknown {
  const written = marshalStepResult(result);
  return written.kind === 'error' ? written : unmarshalStepResult(written.text);
}

describe('results of steps in JSON', () => {
  test('version 2 keeps everything', () => {
    fc.assert(
      fc.property(version2, (result) => {
        expect(roundTrip(result)).toEqual({ kind: 'unmarshalled', value: result });
      }),
    );
  });

  test('version 1 loses its version, what was skipped, and the difference between no diff and an empty one', () => {
    fc.assert(
      fc.property(version2, fc.string({ unit: 'grapheme' }), (result, diff) => {
        const older = { ...result, version: 1, diff: Buffer.from(diff) };
        const value = { ...result, version: 0, skipped: false, diff: new Uint8Array(Buffer.from(diff)) };
        expect(roundTrip(older)).toEqual({ kind: 'unmarshalled', value });
      }),
    );
  });
});
