// Several errors as one text (`errors.MultiError` of Sourcegraph's lib/errors).

/** One error is itself; more are counted and listed. */
export function errorsText(messages: readonly string[]): string {
  if (messages.length === 1) return messages.join('');
  return `${messages.length} errors occurred:${messages.map((message) => `\n\t* ${message}`).join('')}`;
}
