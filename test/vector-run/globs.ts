// globs.json: the template function `matches`.
import { globMatches } from '#batches/glob/index.ts';
import type { Adapter } from './adapter.ts';
import { judge } from './compare.ts';
import { textOf } from './typed.ts';

export const adapter: Adapter = {
  run(testCase) {
    const outcome = globMatches(textOf(testCase.in['pattern']), textOf(testCase.in['input']));
    return judge(testCase, outcome.kind === 'matched' ? { out: outcome.value } : { error: outcome.message });
  },
};
