// "%YAML" and "%TAG" of a document, and what they make of its tags.
import { parserError, START, type Mark } from './error.ts';
import type { Scanner } from './scanner.ts';
import type { Token } from './tokens.ts';

const DEFAULT_PREFIXES: readonly (readonly [handle: string, prefix: string])[] = [
  ['!', '!'],
  ['!!', 'tag:yaml.org,2002:'],
];

export class TagDirectives {
  readonly #prefixes = new Map<string, string>();

  clear(): void {
    this.#prefixes.clear();
  }

  /** Takes the directives that stand next in the stream. */
  read(scanner: Scanner): void {
    let versionSeen = false;
    for (;;) {
      const token = scanner.peek();
      if (token.type === 'version-directive') {
        if (versionSeen) throw parserError('found duplicate %YAML directive', START, token.start);
        if (token.major !== 1 || token.minor !== 1) {
          throw parserError('found incompatible YAML document', START, token.start);
        }
        versionSeen = true;
      } else if (token.type === 'tag-directive') {
        if (this.#prefixes.has(token.handle)) {
          throw parserError('found duplicate %TAG directive', START, token.start);
        }
        this.#prefixes.set(token.handle, token.prefix);
      } else {
        break;
      }
      scanner.skip();
    }
    for (const [handle, prefix] of DEFAULT_PREFIXES) {
      if (!this.#prefixes.has(handle)) this.#prefixes.set(handle, prefix);
    }
  }

  /** The whole tag; null is no tag. `nodeStart` names the node in error texts. */
  resolve(tag: Token & { readonly type: 'tag' }, nodeStart: Mark): string | null {
    if (tag.handle === '') return tag.suffix === '' ? null : tag.suffix;
    const prefix = this.#prefixes.get(tag.handle);
    if (prefix === undefined) throw parserError('found undefined tag handle', nodeStart, tag.start);
    return prefix + tag.suffix;
  }
}
