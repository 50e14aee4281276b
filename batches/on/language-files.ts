// Which files `lang:` means: by their names alone, the common languages only.

const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  c: ['.c', '.h'],
  'c#': ['.cs'],
  'c++': ['.cc', '.cpp', '.cxx', '.hh', '.hpp', '.hxx'],
  css: ['.css'],
  dockerfile: ['.dockerfile'],
  go: ['.go'],
  html: ['.htm', '.html'],
  java: ['.java'],
  javascript: ['.cjs', '.js', '.jsx', '.mjs'],
  json: ['.json'],
  kotlin: ['.kt', '.kts'],
  markdown: ['.markdown', '.md'],
  php: ['.php'],
  python: ['.py', '.pyi'],
  ruby: ['.gemspec', '.rb', '.rake'],
  rust: ['.rs'],
  scala: ['.sbt', '.scala'],
  shell: ['.bash', '.sh', '.zsh'],
  sql: ['.sql'],
  swift: ['.swift'],
  toml: ['.toml'],
  typescript: ['.cts', '.mts', '.ts', '.tsx'],
  yaml: ['.yaml', '.yml'],
};

const ALIASES: Readonly<Record<string, string>> = {
  bash: 'shell',
  cpp: 'c++',
  csharp: 'c#',
  golang: 'go',
  js: 'javascript',
  py: 'python',
  rs: 'rust',
  ts: 'typescript',
};

/** Tells whether a path is of the language; null for a language that is not known here. */
export function languageTest(language: string): ((path: string) => boolean) | null {
  const lower = language.toLowerCase();
  const name = Object.hasOwn(ALIASES, lower) ? (ALIASES[lower] ?? lower) : lower;
  const extensions = Object.hasOwn(EXTENSIONS, name) ? EXTENSIONS[name] : undefined;
  if (extensions === undefined) return null;
  return (path) => {
    const base = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
    return extensions.some((extension) => base.endsWith(extension)) || (name === 'dockerfile' && base === 'dockerfile');
  };
}
