// Settings of certificates hold either the text itself or the name of a file with it.

/** Whether the value is PEM text (RFC 7468, section 2) and names no file. */
export function isPemText(value: string): boolean {
  return value.includes('-----BEGIN ');
}
