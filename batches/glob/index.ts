// The `matches` function of templates and the patterns of `published`: gobwas/glob v0.2.3 without separators, quirks and
// panics included, because a batch spec that was written against it must keep its meaning.
import { encodeText } from '#batches/go/text.ts';
import { compileNode } from './compiler.ts';
import { GlobError } from './error.ts';
import type { Matcher } from './matcher.ts';
import { parseGlob } from './parser.ts';
import { Budget, Subject } from './subject.ts';

export type GlobOutcome =
  | { readonly kind: 'matched'; readonly value: boolean }
  /** The text of the compile error, of Go's panic, or of a limit that Go does not have. */
  | { readonly kind: 'error'; readonly message: string };

type Compiled = { readonly kind: 'matcher'; readonly matcher: Matcher } | Extract<GlobOutcome, { kind: 'error' }>;

const CACHED_MAX = 128;
const cached = new Map<string, Compiled>();

/** Whether `input` as a whole matches `pattern`; both are texts as in batches/go/text.ts. */
export function globMatches(pattern: string, input: string): GlobOutcome {
  const compiled = compile(pattern);
  if (compiled.kind === 'error') return compiled;
  const bytes = encodeText(input);
  return guarded(() => ({
    kind: 'matched',
    value: compiled.matcher.match(new Subject(bytes), 0, bytes.length),
  }));
}

/** What is wrong with the pattern itself; null when it can be compiled. */
export function globError(pattern: string): string | null {
  const compiled = compile(pattern);
  return compiled.kind === 'error' ? compiled.message : null;
}

/** The last patterns stay compiled: a template asks the same ones for every file. */
function compile(pattern: string): Compiled {
  const known = cached.get(pattern);
  if (known !== undefined) {
    cached.delete(pattern);
    cached.set(pattern, known);
    return known;
  }
  const compiled = guarded<Compiled>(() => ({
    kind: 'matcher',
    matcher: compileNode(parseGlob(pattern), new Budget()),
  }));
  cached.set(pattern, compiled);
  for (const oldest of cached.keys()) {
    if (cached.size <= CACHED_MAX) break;
    cached.delete(oldest);
  }
  return compiled;
}

function guarded<T>(work: () => T): T | Extract<GlobOutcome, { kind: 'error' }> {
  try {
    return work();
  } catch (error) {
    if (error instanceof GlobError) return { kind: 'error', message: error.message };
    throw error;
  }
}
