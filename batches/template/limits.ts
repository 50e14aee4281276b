// What a template may ask for. A batch spec comes from a user, and one line of it can ask for endless work; each limit ends
// in a TemplateError. The limits that Go has too are marked; the others are ours and far above what a spec needs.

/** Nested parentheses. Go's limit is 10,000, with the same error text; ours is what a JavaScript stack surely holds. */
export const EXPRESSION_DEPTH_MAX = 150;

/** Templates that invoke templates. Go's own limit: invocations do not use the JavaScript stack. */
export const TEMPLATE_DEPTH_MAX = 100_000;

/** Characters of a template's text, and of what a render prints. */
export const TEMPLATE_CHARACTERS_MAX = 64 * 1024 * 1024;
export const OUTPUT_CHARACTERS_MAX = 64 * 1024 * 1024;

/** Elements of a list that `split` makes. */
export const LIST_ITEMS_MAX = 2_000_000;

/**
 * Work of one render. A statement, an iteration and a command cost COMMAND_COST each; a function costs LIST_ITEM_COST for each
 * element and CHARACTER_COST for each character that it is given or gives; a variable VARIABLE_COST for each younger one
 * that is looked at before it. In these proportions a render that reaches the limit has taken a few seconds, whatever it did.
 */
export const RENDER_WORK_MAX = 500_000_000;
export const COMMAND_COST = 256;
export const LIST_ITEM_COST = 64;
export const CHARACTER_COST = 4;
export const VARIABLE_COST = 4;
