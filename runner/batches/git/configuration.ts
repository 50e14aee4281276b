// Which of a repository's settings git may see when the step-runner runs it. Steps can write `.git/config`, and many
// settings name programs that git starts (filters, file system monitors, hooks, external diffs, askpass, ssh); git here
// runs as root in the step-runner, so it never reads that file. It gets a copy of the settings below, all of which are
// plain data, so that what they do to a diff stays the same; a setting that this list does not know is left out.
// `git-lfs` is such a one: the reference's helper image does not hold it either.

const DATA_SETTINGS: ReadonlySet<string> = new Set([
  'core.abbrev',
  'core.autocrlf',
  'core.bigfilethreshold',
  'core.checkroundtripencoding',
  'core.eol',
  'core.filemode',
  'core.ignorecase',
  'core.precomposeunicode',
  'core.quotepath',
  'core.safecrlf',
  'core.sparsecheckout',
  'core.sparsecheckoutcone',
  'core.symlinks',
  'core.trustctime',
  'core.whitespace',
  'apply.ignorewhitespace',
  'apply.whitespace',
  'diff.algorithm',
  'diff.context',
  'diff.indentheuristic',
  'diff.interhunkcontext',
  'diff.noprefix',
  'diff.renamelimit',
  'diff.renames',
  'diff.submodule',
  'diff.suppressblankempty',
  'diff.wserrorhighlight',
  'extensions.objectformat',
  'index.version',
]);

/** Of a diff driver (`diff.NAME.KEY`), without `command` and `textconv`. */
const DATA_SETTINGS_OF_DRIVERS: ReadonlySet<string> = new Set([
  'algorithm',
  'binary',
  'funcname',
  'wordregex',
  'xfuncname',
]);

export interface Setting {
  /** As git prints it: section and key in lower case. */
  readonly name: string;
  /** undefined stands for a key without `=`, which means true. */
  readonly value: string | undefined;
}

/** Reads the output of `git config --null --list`. */
export function parseSettings(listed: string): Setting[] {
  return listed
    .split('\0')
    .slice(0, -1)
    .map((entry) => {
      const newline = entry.indexOf('\n');
      return newline < 0
        ? { name: entry, value: undefined }
        : { name: entry.slice(0, newline), value: entry.slice(newline + 1) };
    });
}

export function isData({ name }: Setting): boolean {
  if (DATA_SETTINGS.has(name)) return true;
  const [section, key] = [name.slice(0, name.indexOf('.')), name.slice(name.lastIndexOf('.') + 1)];
  return section === 'diff' && name.length > section.length + key.length + 2 && DATA_SETTINGS_OF_DRIVERS.has(key);
}

/** The configuration file of the step-runner's own git directory. Later settings win, so what we insist on stands last. */
export function configurationText(settings: readonly Setting[]): string {
  const kept = settings.filter(isData);
  const version = kept.some(({ name }) => name.startsWith('extensions.')) ? '1' : '0';
  const insisted: Setting[] = [
    { name: 'core.repositoryformatversion', value: version },
    { name: 'core.bare', value: 'false' },
    { name: 'core.fsmonitor', value: 'false' },
    { name: 'core.hookspath', value: '/dev/null' },
    { name: 'core.attributesfile', value: '/dev/null' },
    { name: 'core.excludesfile', value: '/dev/null' },
    { name: 'core.splitindex', value: 'false' },
    // Else `git add` would run `git status` in a submodule, with that one's settings.
    { name: 'diff.ignoresubmodules', value: 'dirty' },
    { name: 'gc.auto', value: '0' },
  ];
  return [...kept, ...insisted].map(settingText).join('');
}

function settingText({ name, value }: Setting): string {
  const section = name.slice(0, name.indexOf('.'));
  const key = name.slice(name.lastIndexOf('.') + 1);
  const subsection = name.slice(section.length + 1, name.length - key.length - 1);
  const header = subsection === '' ? `[${section}]` : `[${section} "${subsection.replace(/["\\]/g, '\\$&')}"]`;
  return `${header}\n\t${key}${value === undefined ? '' : ` = ${quoteValue(value)}`}\n`;
}

function quoteValue(value: string): string {
  const escaped = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return `"${escaped}"`;
}
