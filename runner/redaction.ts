// Keeps secrets out of everything that leaves the task: one pass from left to right, as Go's strings.Replacer does it,
// replacements are not looked at again. Where Go leaves the winner of two secrets at one place to chance, the longer wins.
// Beyond the reference: a secret is also found across lines, and in the form that it has inside a JSON text.

export type Replacements = Readonly<Record<string, string>>;

export class Redactor {
  readonly #replacements: ReadonlyMap<string, string>;
  readonly #pattern: RegExp | undefined;
  readonly #longest: number;
  /** Secrets by first character: which could begin at a place is asked for every chunk's end. */
  readonly #byFirst: ReadonlyMap<string, readonly string[]>;

  constructor(values: Replacements) {
    this.#replacements = allForms(values);
    const secrets = [...this.#replacements.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
    this.#pattern = secrets.length === 0 ? undefined : new RegExp(secrets.map(escapePattern).join('|'), 'g');
    this.#longest = secrets[0]?.length ?? 0;
    this.#byFirst = Map.groupBy(secrets, (secret) => secret.charAt(0));
  }

  redact(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, (secret) => this.#replacement(secret));
  }

  /** Whether `redact` would change the text. */
  alters(text: string): boolean {
    return this.#pattern !== undefined && text.search(this.#pattern) !== -1;
  }

  /** For a text that comes in pieces: where the pieces are cut makes no difference. */
  stream(): RedactionStream {
    return new RedactionStream(
      (text) => this.#redactWhatIsDecided(text),
      (text) => this.redact(text),
    );
  }

  /**
   * Redacts up to the first place where a secret may begin whose end has not come yet. A longer secret that may still
   * complete itself wins over a shorter one that is complete at the same place.
   */
  #redactWhatIsDecided(text: string): { readonly redacted: string; readonly held: string } {
    if (this.#pattern === undefined) return { redacted: text, held: '' };
    const open = this.#openPlaces(text);
    const parts: string[] = [];
    let done = 0;
    for (const match of text.matchAll(this.#pattern)) {
      const firstOpen = open.find((place) => place >= done);
      if (firstOpen !== undefined && firstOpen <= match.index) break;
      parts.push(text.slice(done, match.index), this.#replacement(match[0]));
      done = match.index + match[0].length;
    }
    const holdFrom = open.find((place) => place >= done) ?? text.length;
    parts.push(text.slice(done, holdFrom));
    return { redacted: parts.join(''), held: text.slice(holdFrom) };
  }

  /** Places from which the text runs to its end as the true beginning of a secret, ascending. */
  #openPlaces(text: string): number[] {
    const places: number[] = [];
    for (let at = Math.max(0, text.length - this.#longest + 1); at < text.length; at++) {
      const rest = text.length - at;
      const candidates = this.#byFirst.get(text.charAt(at)) ?? [];
      if (candidates.some((secret) => secret.length > rest && text.endsWith(secret.slice(0, rest)))) places.push(at);
    }
    return places;
  }

  #replacement(secret: string): string {
    return this.#replacements.get(secret) ?? '';
  }
}

export class RedactionStream {
  readonly #step: (text: string) => { readonly redacted: string; readonly held: string };
  readonly #finish: (text: string) => string;
  #held = '';

  constructor(
    step: (text: string) => { readonly redacted: string; readonly held: string },
    finish: (text: string) => string,
  ) {
    this.#step = step;
    this.#finish = finish;
  }

  push(text: string): string {
    const { redacted, held } = this.#step(this.#held + text);
    this.#held = held;
    return redacted;
  }

  /** Nothing more comes: what was held back may still hold a shorter secret. */
  end(): string {
    const rest = this.#finish(this.#held);
    this.#held = '';
    return rest;
  }
}

// A secret often ends in a newline that its use then drops, so newlines at its ends do not count; the log has no carriage
// return before a newline. Empty secrets would be found between all characters: they are dropped.
function allForms(values: Replacements): ReadonlyMap<string, string> {
  const forms = new Map<string, string>();
  for (const [value, replacement] of Object.entries(values)) {
    const secret = value.replaceAll('\r\n', '\n').replace(/^\n+|\n+$/g, '');
    if (secret === '') continue;
    for (const encode of [insideJson, insideGoJson]) {
      if (encode(secret) !== secret) forms.set(encode(secret), encode(replacement));
    }
    forms.set(secret, replacement);
  }
  return forms;
}

const insideJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Go's encoder also escapes what could end a script element. */
const insideGoJson = (text: string): string =>
  insideJson(text).replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
