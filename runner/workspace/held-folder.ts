// A folder of the workspace that is held open, so that what is done in it is done in this very folder, whatever somebody
// puts in the place of its path meanwhile. Steps are ended when the step-runner writes, but an image whose own /bin/sh is
// hostile never ends. It is openat(2) by way of /proc, which only Linux has; elsewhere there are no images. What takes the
// kernel microseconds is done at once: to hand it to another thread and to hear of its end costs many times that.
import {
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  unlinkSync,
  writeFile,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY;
/** A larger file is read and written by another thread. */
export const SMALL_BYTES_MAX = 64 * 1024;

export type Entered =
  | { readonly kind: 'entered'; readonly folder: HeldFolder }
  /** What stands at this place, which is no folder; never followed. */
  | { readonly kind: 'nothing' | 'link' | 'other'; readonly place: string };

export interface FileMode {
  readonly mode: number;
  readonly umask: 'ignored' | 'applied';
}

export class HeldFolder implements Disposable {
  readonly #fd: number;
  readonly #path: string;

  private constructor(fd: number, place: string) {
    this.#fd = fd;
    this.#path = place;
  }

  /** `root` itself is trusted: a mount point, or a folder that only the step-runner can replace. */
  static open(root: string): HeldFolder {
    return new HeldFolder(openSync(root, FLAGS), root);
  }

  /** The path of something directly in this folder, for any call that does not follow links. */
  at(name: string): string {
    return process.platform === 'linux' ? `/proc/self/fd/${this.#fd}/${name}` : path.join(this.#path, name);
  }

  /** The same path as messages show it. */
  shown(name: string): string {
    return path.join(this.#path, name);
  }

  enter(name: string): Entered {
    try {
      const fd = openSync(this.at(name), FLAGS | constants.O_NOFOLLOW);
      return { kind: 'entered', folder: new HeldFolder(fd, this.shown(name)) };
    } catch (error) {
      const kind = this.kindOf(name);
      if (kind !== 'folder') return { kind, place: this.shown(name) };
      // It was none when it was opened, and is one now: somebody plays.
      if (isNoFolder(error)) return { kind: 'other', place: this.shown(name) };
      throw error;
    }
  }

  /** Makes the folder where there is nothing; `mode` whatever the umask. */
  enterOrMake(name: string, mode: number): Entered {
    const there = this.enter(name);
    if (there.kind !== 'nothing') return there;
    mkdirSync(this.at(name));
    const made = this.enter(name);
    if (made.kind === 'entered') fchmodSync(made.folder.#fd, mode);
    return made;
  }

  kindOf(name: string): 'nothing' | 'folder' | 'link' | 'other' {
    try {
      const stats = lstatSync(this.at(name));
      return stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other';
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'nothing';
      throw error;
    }
  }

  /**
   * Writes a file that was not there before: whoever has an old one open, or linked it elsewhere, keeps the old one.
   * Rejects with the system's error, such as for a folder in its place.
   */
  async write(name: string, content: Uint8Array | string, { mode, umask }: FileMode): Promise<void> {
    const fd = this.#create(name, mode);
    try {
      if (content.length <= SMALL_BYTES_MAX) writeFileSync(fd, content);
      else await promisify(writeFile)(fd, content);
      if (umask === 'ignored') fchmodSync(fd, mode);
    } finally {
      closeSync(fd);
    }
  }

  #create(name: string, mode: number): number {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    try {
      return openSync(this.at(name), flags, mode);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      unlinkSync(this.at(name));
      return openSync(this.at(name), flags, mode);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

function isNoFolder(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ELOOP' || error.code === 'ENOTDIR');
}

/** Holds the folder at `segments` below `root`, makes what is missing on the way when `make` gives a mode, and lets go. */
export async function withFolderBelow<T>(
  root: string,
  segments: readonly string[],
  make: number | undefined,
  use: (entered: Entered) => Promise<T>,
): Promise<T> {
  let folder = HeldFolder.open(root);
  try {
    for (const segment of segments) {
      const entered = make === undefined ? folder.enter(segment) : folder.enterOrMake(segment, make);
      if (entered.kind !== 'entered') return await use(entered);
      folder[Symbol.dispose]();
      folder = entered.folder;
    }
    return await use({ kind: 'entered', folder });
  } finally {
    folder[Symbol.dispose]();
  }
}
