// What the step agent is told to do for one step, as the shell text that it sources: three functions. Written for any
// POSIX shell and any value: nothing of a step is ever looked at by a shell but inside single quotes.
import { encodeText } from '#batches/go/text.ts';
import type { StepCopy, StepRun } from './step-container.ts';

/** Any text as one word of a shell; holds for newlines and for bytes that are no UTF-8. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Read-only in bash: an `export` of one would end the shell. */
const READ_ONLY = new Set(['BASHOPTS', 'BASH_VERSINFO', 'EUID', 'PPID', 'SHELLOPTS', 'UID']);

/** The step as the agent's functions, or why there can be no such step. */
export function stepProgram(step: StepRun, id: string): Uint8Array | { readonly impossible: string } {
  const variables = Object.entries(step.environment);
  const copies = step.copies ?? [];
  const words = [...step.command, step.workingDirectory, ...copies.flatMap((copy) => [copy.from, copy.to])];
  const bad = [...words, ...variables.flat()].find((word) => word.includes('\0'));
  if (bad !== undefined) return { impossible: 'a NUL byte in its command, its environment or a path' };
  const lines = [
    ...(copies.length > 0 ? ['has_files=1', ...filesBefore(copies, id), ...filesAfter(copies, id)] : []),
    'step_run() {',
    `cd -- ${shellQuote(step.workingDirectory)} || exit 125`,
    // What the agent's own shells have left there; a step's shell makes its own.
    'unset OLDPWD SHLVL',
    ...variables.filter(([name]) => exportable(name)).map(([name, value]) => `export ${name}=${shellQuote(value)}`),
    ...execute(step.command, variables),
    '}',
    '',
  ];
  return encodeText(lines.join('\n'));
}

const exportable = (name: string): boolean => NAME.test(name) && !READ_ONLY.has(name);

/** A name that a shell cannot export needs the image's `env`. */
function execute(command: readonly string[], variables: readonly (readonly [string, string])[]): string[] {
  const words = command.map(shellQuote).join(' ');
  const others = variables.filter(([name]) => !exportable(name));
  if (others.length === 0) return [`exec ${words}`];
  const names = others.map(([name]) => name).join(', ');
  const settings = others.map(([name, value]) => shellQuote(`${name}=${value}`)).join(' ');
  return [
    ...need('env', `to set the environment variable ${names}`),
    // Not `env -- ...`: busybox takes it, older ones do not; a name that begins with a dash is nobody's variable.
    `exec env ${settings} ${words}`,
  ];
}

const need = (program: string, why: string): string[] => [
  `command -v ${program} >/dev/null 2>&1 || {`,
  `echo ${shellQuote(`the image has no \`${program}\`, which is needed ${why}`)} >&2`,
  'exit 125',
  '}',
];

/** What stands in a copy's place is set aside under this name, and put back. */
const aside = (copy: StepCopy, id: string): string => `${copy.to}.aside-${id}`;

/**
 * A bind mount would do without copying, but hardly any container may mount. One that may (a task in namespaces of its
 * own) gets the copies read-only, as `docker run --mount ...,ro` makes them.
 */
function filesBefore(copies: readonly StepCopy[], id: string): string[] {
  return [
    'step_before() {',
    ...['cp', 'mkdir', 'mv', 'rm'].flatMap((program) => need(program, "to put the step's files in their place")),
    ...copies.flatMap((copy) => {
      const to = shellQuote(copy.to);
      return [
        `if [ -e ${to} ]; then mv ${to} ${shellQuote(aside(copy, id))} || exit 125; fi`,
        `mkdir -p ${shellQuote(parent(copy.to))} && cp -Rp ${shellQuote(copy.from)} ${to} || exit 125`,
      ];
    }),
    // Only then, since one copy's place may be inside another's.
    ...ifContained(copies.map(({ to }) => shellQuote(to)).map((to) => readOnly(to))),
    // A container that may not mount has its copies all the same.
    ':',
    '}',
  ];
}

const readOnly = (to: string): string => `mount -o bind ${to} ${to} && mount -o remount,bind,ro ${to}`;

function filesAfter(copies: readonly StepCopy[], id: string): string[] {
  const undone = [...copies].reverse();
  return [
    'step_after() {',
    ...ifContained(undone.map((copy) => `umount ${shellQuote(copy.to)}`)),
    ...undone.flatMap((copy) => {
      const [to, kept] = [shellQuote(copy.to), shellQuote(aside(copy, id))];
      return [`rm -rf ${to}`, `if [ -e ${kept} ]; then mv ${kept} ${to}; fi`];
    }),
    '}',
  ];
}

/** Elsewhere the mounts would be the whole machine's. */
const ifContained = (lines: readonly string[]): string[] => ['if [ $$ = 1 ]; then', ...lines, 'fi 2>/dev/null'];

const parent = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 1));
