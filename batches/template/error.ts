// The one error that leaves the template engine.

/** A template that cannot be parsed or rendered; the message is Go's text, which users see. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
