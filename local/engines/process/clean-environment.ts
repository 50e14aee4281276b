// The environment that a task's processes get: what a program needs to be found and to write text, nothing of the
// executor's own settings and no secret.
import path from 'node:path';

/** Taken from the program's own environment; USER and LOGNAME only name who it runs as. */
const KEPT = ['PATH', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ'];
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function cleanEnvironment(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = KEPT.flatMap((name) => {
    const value = own[name];
    return value === undefined ? [] : [[name, name === 'PATH' ? withoutNpm(value) : value] as const];
  });
  return { PATH: DEFAULT_PATH, ...Object.fromEntries(kept) };
}

/**
 * `npm start` puts the programs of this project before all others, with a folder of npm's own at their end: a step that
 * asks for `node` or `tsc` means the machine's.
 */
function withoutNpm(searchPath: string): string {
  const folders = searchPath.split(path.delimiter);
  const end = folders.findIndex((folder) => path.basename(folder) === 'node-gyp-bin');
  const isNpms = folders.slice(0, Math.max(0, end)).every((folder) => folder.endsWith('/node_modules/.bin'));
  return (isNpms ? folders.slice(end + 1) : folders).join(path.delimiter);
}
