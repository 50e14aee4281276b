// The settings for people: `--help`, and the reference page docs/settings.md. Both are made from the tables.
import { DEPLOYMENT } from './deployment.ts';
import type { OptionalRow, Row, Table } from './row.ts';
import { SETTINGS, UNUSED_NAMES } from './table.ts';

type AnyRow = Row<unknown> | OptionalRow<unknown>;

const byGroup = (table: Table): Map<string, AnyRow[]> => {
  const groups = new Map<string, AnyRow[]>();
  for (const row of Object.values(table)) {
    const rows = groups.get(row.group);
    if (rows === undefined) groups.set(row.group, [row]);
    else rows.push(row);
  }
  return groups;
};

/** The environment variables, for a terminal of `width` columns. */
export function settingsHelp(width = 100): string {
  const lines: string[] = [];
  for (const [group, rows] of byGroup(SETTINGS)) {
    lines.push(`${group}:`);
    for (const row of rows) {
      lines.push(`  ${row.name}  (${row.kind.label}${'default' in row ? `, default ${row.default}` : ''})`);
      lines.push(...wrap(row.sentence.replaceAll('`', ''), width - 6).map((line) => `      ${line}`));
    }
    lines.push('');
  }
  return lines.join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** docs/settings.md, whole. */
export function settingsReference(): string {
  const groups = [...byGroup(SETTINGS), ...byGroup(DEPLOYMENT)].map(([group, rows]) => groupSection(group, rows));
  return [INTRODUCTION, ...groups, otherNames(), unusedNames()].join('\n');
}

const INTRODUCTION = `# Settings

Made from \`settings/table.ts\` and \`settings/deployment.ts\` by \`npm run docs:settings\`; do not edit.

All settings are environment variables. An empty value counts as not set. All mistakes are told at once, each with its
fix, and a misspelt \`EXECUTOR_\` or \`KUBERNETES_\` name is one of them.

- **duration**: as Go writes it, such as \`200ms\`, \`30m\`, \`1h30m\`.
- **size**: such as \`512M\`, \`12G\`, \`20GiB\`; all units are binary.
- **boolean**: \`true\`, \`false\`, \`1\`, \`0\`, \`t\`, \`f\`.
- **comma list**: space around an element is left out.
`;

function groupSection(group: string, rows: readonly AnyRow[]): string {
  const lines = rows.map((row) => {
    const standard = 'default' in row ? code(row.default) : 'required' in row ? 'required' : '';
    const only = row.only === undefined ? '' : ` Backends: ${row.only.backends.join(', ') || 'none'}.`;
    const secret = row.secret === true ? ' Never printed.' : '';
    return cells([code(row.name), row.kind.label, standard, `${row.sentence}${secret}${only}`]);
  });
  return [
    `## ${group}`,
    '',
    cells(['Name', 'Kind', 'Default', '']),
    cells(['---', '---', '---', '---']),
    ...lines,
    '',
  ].join('\n');
}

function otherNames(): string {
  const rows: readonly AnyRow[] = Object.values(SETTINGS as Table);
  const lines = rows.flatMap((row) =>
    (row.aliases ?? []).map((alias) =>
      cells([
        code(alias.name),
        code(row.name),
        `${alias.because}${alias.kind === undefined ? '' : ` (${alias.kind.label})`}`,
      ]),
    ),
  );
  return [
    '## Other names that are understood',
    '',
    'When several names of one setting are set, its own name wins, then the order of this table.',
    '',
    cells(['Name', 'Read as', 'What it is']),
    cells(['---', '---', '---']),
    ...lines,
    '',
  ].join('\n');
}

function unusedNames(): string {
  const lines = UNUSED_NAMES.map((one) => cells([code(one.name), one.effect, one.because]));
  return [
    '## Names that do nothing here',
    '',
    "Sourcegraph's own executors or its worker know them. An ignored one gives a line in the log, a refused one an error.",
    '',
    cells(['Name', '', 'Because']),
    cells(['---', '---', '---']),
    ...lines,
    '',
  ].join('\n');
}

const code = (text: string): string => `\`${text}\``;
const cells = (columns: readonly string[]): string =>
  `| ${columns.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
