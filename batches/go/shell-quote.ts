// Words of a shell command as kballard/go-shellquote's Join writes them: backslashes before single special characters,
// single quotes around the whole word when it holds white space. The scripts of native steps are written with it.

const SPECIAL = /[\\'"`${[|&;<>()*?!]|^~/g;

export function joinShellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

function shellWord(word: string): string {
  if (word === '') return "''";
  if (/[ \t\n]/.test(word)) return quoted(word);
  return word.replace(SPECIAL, '\\$&');
}

/** A single quote cannot stand between single quotes, so it stands between the quoted parts. */
function quoted(word: string): string {
  return word
    .split("'")
    .map((part) => (part === '' ? '' : `'${part}'`))
    .join("\\'");
}
