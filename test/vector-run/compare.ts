import { isDeepStrictEqual } from 'node:util';
import type { Outcome, VectorCase, Verdict } from './adapter.ts';

/** The usual verdict: `out` by value, error texts byte for byte (their lines sorted where Go's order is random). */
export function judge(testCase: VectorCase, outcome: Outcome): Verdict {
  if (testCase.errorAnyOrder !== undefined) {
    const lines = testCase.errorAnyOrder;
    const expected = { error: sortedLines(typeof lines === 'string' ? lines : lines.join('\n')) };
    const actual = 'error' in outcome ? { error: sortedLines(outcome.error) } : outcome;
    return { passed: isDeepStrictEqual(actual, expected), expected, actual };
  }
  const expected = testCase.error !== undefined ? { error: testCase.error } : { out: testCase.out };
  return { passed: isDeepStrictEqual(outcome, expected), expected, actual: outcome };
}

function sortedLines(text: string): string {
  return text.split('\n').sort().join('\n');
}
