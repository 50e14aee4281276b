// The one exception inside of diff/: a diff that go-diff refuses. Caught by ./changed-files.ts.

export class DiffError extends Error {
  override readonly name = 'DiffError';
}
