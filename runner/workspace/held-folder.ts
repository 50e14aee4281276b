// A folder of the workspace that is held open, so that what is done in it is done in this very folder, whatever somebody
// puts in the place of its path meanwhile. Steps are ended when the step-runner writes, but an image whose own /bin/sh is
// hostile never ends. It is openat(2) by way of /proc, which only Linux has; elsewhere there are no images.
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, unlink } from 'node:fs/promises';
import path from 'node:path';

const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY;

export type Entered =
  | { readonly kind: 'entered'; readonly folder: HeldFolder }
  /** What stands at this place, which is no folder; never followed. */
  | { readonly kind: 'nothing' | 'link' | 'other'; readonly place: string };

export interface FileMode {
  readonly mode: number;
  readonly umask: 'ignored' | 'applied';
}

export class HeldFolder implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #path: string;

  private constructor(handle: FileHandle, place: string) {
    this.#handle = handle;
    this.#path = place;
  }

  /** `root` itself is trusted: a mount point, or a folder that only the step-runner can replace. */
  static async open(root: string): Promise<HeldFolder> {
    return new HeldFolder(await open(root, FLAGS), root);
  }

  /** The path of something directly in this folder, for any call that does not follow links. */
  at(name: string): string {
    return process.platform === 'linux' ? `/proc/self/fd/${this.#handle.fd}/${name}` : path.join(this.#path, name);
  }

  /** The same path as messages show it. */
  shown(name: string): string {
    return path.join(this.#path, name);
  }

  async enter(name: string): Promise<Entered> {
    try {
      const handle = await open(this.at(name), FLAGS | constants.O_NOFOLLOW);
      return { kind: 'entered', folder: new HeldFolder(handle, this.shown(name)) };
    } catch (error) {
      const kind = await this.kindOf(name);
      if (kind !== 'folder') return { kind, place: this.shown(name) };
      // It was none when it was opened, and is one now: somebody plays.
      if (isNoFolder(error)) return { kind: 'other', place: this.shown(name) };
      throw error;
    }
  }

  /** Makes the folder where there is nothing; `mode` whatever the umask. */
  async enterOrMake(name: string, mode: number): Promise<Entered> {
    const there = await this.enter(name);
    if (there.kind !== 'nothing') return there;
    await mkdir(this.at(name));
    const made = await this.enter(name);
    if (made.kind === 'entered') await made.folder.#handle.chmod(mode);
    return made;
  }

  async kindOf(name: string): Promise<'nothing' | 'folder' | 'link' | 'other'> {
    try {
      const stats = await lstat(this.at(name));
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
    if ((await this.kindOf(name)) !== 'nothing') await unlink(this.at(name));
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const handle = await open(this.at(name), flags, mode);
    try {
      await handle.writeFile(content);
      if (umask === 'ignored') await handle.chmod(mode);
    } finally {
      await handle.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
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
  let folder = await HeldFolder.open(root);
  try {
    for (const segment of segments) {
      const entered = make === undefined ? await folder.enter(segment) : await folder.enterOrMake(segment, make);
      if (entered.kind !== 'entered') return await use(entered);
      await folder[Symbol.asyncDispose]();
      folder = entered.folder;
    }
    return await use({ kind: 'entered', folder });
  } finally {
    await folder[Symbol.asyncDispose]();
  }
}
