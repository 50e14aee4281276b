// The texts of Go's *os.PathError for what the file system refuses. They stand in messages that users know from the
// reference and that the vectors compare.

const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'file exists',
  EFBIG: 'file too large',
  EINVAL: 'invalid argument',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'file name too long',
  ENODEV: 'no such device',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  ENXIO: 'no such device or address',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
};

/** The code of a failed system call, such as `ENOENT`. Anything else is a bug and is thrown on. */
export function errnoOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  throw error;
}

/** Such as `open /job/stdout0.log: no such file or directory`. `path` is the path as the user knows it. */
export function goPathError(operation: string, path: string, code: string): string {
  return `${operation} ${path}: ${TEXTS[code] ?? code}`;
}
