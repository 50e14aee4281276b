// What a template may ask for. A batch spec comes from a user, and one line of it can ask for endless work; each limit ends
// in a TemplateError. The limits that Go has too are marked; the others are ours and far above what a spec needs.

/** Nested parentheses. Go's limit is 10,000, with the same error text; ours is what a JavaScript stack surely holds. */
export const EXPRESSION_DEPTH_MAX = 400;

/** Templates that invoke templates. Go's own limit: invocations do not use the JavaScript stack. */
export const TEMPLATE_DEPTH_MAX = 100_000;

/** Characters of a template's text, and of what a render prints. */
export const TEMPLATE_CHARACTERS_MAX = 64 * 1024 * 1024;
export const OUTPUT_CHARACTERS_MAX = 64 * 1024 * 1024;

/** Elements of a list that `split` makes. */
export const LIST_ITEMS_MAX = 2_000_000;

/**
 * Work of one render, in characters handled: every node and call costs NODE_COST, every text that a function reads or
 * makes its length. At the limit a render has run for a few seconds.
 */
export const RENDER_WORK_MAX = 2_000_000_000;
export const NODE_COST = 64;
