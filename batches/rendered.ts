// What a template gave, as data: a step whose template fails is an expected failure.
import { TemplateError } from './template/index.ts';

export type Rendered<T> =
  { readonly kind: 'rendered'; readonly value: T } | { readonly kind: 'error'; readonly message: string };

/** `context` stands before the message of a template that fails, as Go's error wrapping puts it. */
export function rendered<T>(context: string, render: () => T): Rendered<T> {
  try {
    return { kind: 'rendered', value: render() };
  } catch (error) {
    if (error instanceof TemplateError) return { kind: 'error', message: `${context}: ${error.message}` };
    throw error;
  }
}
