// One program of a helper transcript, as recorded and as it ran, in the same comparable form.
import { eventLines, type Capture, type EventLine } from './capture.ts';
import type { Difference, FileState } from './workspace.ts';

export interface RecordedProgram {
  readonly program: 'pre' | 'run' | 'post' | 'apply-diff' | 'helper' | 'mkdir' | 'write';
  readonly args?: readonly string[];
  readonly commands?: readonly string[];
  readonly dir?: string;
  /** Of mkdir and write. */
  readonly path?: string;
  readonly text?: string;
  readonly exitCode?: number;
  readonly stdout?: string | readonly EventLine[];
  readonly stderr?: string;
  readonly changed?: Readonly<Record<string, RecordedFile>>;
  readonly removed?: readonly string[];
}

interface RecordedFile {
  readonly mode: string;
  readonly text?: string;
  readonly base64?: string;
}

export interface RanProgram extends Difference {
  readonly exitCode: number | undefined;
  readonly capture: Capture;
}

export interface Program {
  exitCode: number | undefined;
  stdout: string | EventLine[];
  stderr: string;
  /** A folder has no text. */
  changed: Record<string, { mode: string; text?: string }>;
  removed: string[];
}

/** `workspace` stands for `$WORKSPACE`. */
export function expectedProgram(recorded: RecordedProgram, workspace: string): Program {
  const there = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('$WORKSPACE', workspace)) as T;
  const { stdout = '', changed = {} } = recorded;
  return {
    exitCode: recorded.exitCode,
    stdout: typeof stdout === 'string' ? there(stdout) : [...there(stdout)],
    stderr: there(recorded.stderr ?? ''),
    changed: Object.fromEntries(
      Object.entries(changed).map(([name, { mode, text, base64 }]) => [
        name,
        {
          mode,
          ...(base64 === undefined ? (text === undefined ? {} : { text: there(text) }) : { text: latin1(base64) }),
        },
      ]),
    ),
    removed: [...(recorded.removed ?? [])].sort(),
  };
}

const latin1 = (base64: string): string => `base64:${base64}`;

export function actualProgram(recorded: RecordedProgram, ran: RanProgram): Program {
  const names = randomNames(ran.changed);
  const rename = (text: string): string =>
    names.reduce((all, name, index) => all.replaceAll(name, `$FILE${index + 1}`), text);
  const known = new Map(Object.entries(recorded.changed ?? {}));
  return {
    exitCode: ran.exitCode,
    stdout: typeof recorded.stdout === 'string' ? ran.capture.stdout : eventLines(ran.capture.stdout),
    stderr: ran.capture.stderr,
    changed: Object.fromEntries(
      [...ran.changed].map(([name, state]) => {
        const shown = rename(name);
        const text =
          state.bytes === undefined ? {} : { text: textOf(state.bytes, known.get(shown)?.base64 !== undefined) };
        return [
          shown,
          { mode: state.mode, ...(text.text === undefined ? {} : { text: sortExports(shown, rename(text.text)) }) },
        ];
      }),
    ),
    removed: ran.removed.map((name) => name.replace(/^(step\d+files)\/\d+$/, '$1/$FILE')).sort(),
  };
}

function textOf(bytes: Buffer, asBase64: boolean): string {
  return asBase64 ? latin1(bytes.toString('base64')) : bytes.toString('utf8');
}

/** The random names in stepNfiles/, in the order in which stepN.sh copies them. */
function randomNames(changed: ReadonlyMap<string, FileState>): string[] {
  const script = [...changed].find(([name]) => /^step\d+\.sh$/.test(name))?.[1].bytes?.toString('utf8') ?? '';
  return [...changed.keys()]
    .map((name) => /^step\d+files\/(.+)$/.exec(name)?.[1])
    .filter((name) => name !== undefined)
    .sort((a, b) => script.indexOf(a) - script.indexOf(b));
}

/** Go writes the exports at the head of a script in the random order of a map; the file has them sorted. */
function sortExports(name: string, text: string): string {
  if (!/^step\d+\.sh$/.test(name)) return text;
  const head = /^(?:export (?:'[^']*'|\\'|[^\s'])*\n)*/.exec(text)?.[0] ?? '';
  const lines = head.match(/export (?:'[^']*'|\\'|[^\s'])*\n/g) ?? [];
  return lines.sort().join('') + text.slice(head.length);
}
