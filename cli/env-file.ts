// NAME=value lines for the environment of steps, as `docker run --env-file` reads them.
export type EnvFile =
  | { readonly kind: 'variables'; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: 'invalid'; readonly line: number; readonly message: string };

/** Empty lines and lines that start with `#` are skipped; a value is taken as it stands, quotes included. */
export function parseEnvFile(text: string): EnvFile {
  const variables: Record<string, string> = {};
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    const name = equals < 0 ? line : line.slice(0, equals);
    if (!/^[A-Za-z_]\w*$/.test(name) || equals < 0) {
      return { kind: 'invalid', line: index + 1, message: 'expected NAME=value' };
    }
    variables[name] = line.slice(equals + 1);
  }
  return { kind: 'variables', variables };
}
