// Go's fmt.Sprint, Sprintln and Sprintf over the values of a batch spec. A nil interface is null. All of them throw
// FormatTooLongError, and nothing else, when they would print more than FORMATTED_CHARACTERS_MAX.
import { ValuePrinter } from './format-value.ts';
import type { GoConcrete } from './reflect.ts';
import { joined } from './text-bytes.ts';

export { sprintf } from './format-verbs.ts';

/** `fmt.Sprint`: spaces between operands when neither is a string. */
export function sprint(operands: readonly (GoConcrete | null)[]): string {
  const [only] = operands;
  if (operands.length === 1 && typeof only === 'string') return only;
  const printer = new ValuePrinter();
  let afterString = false;
  operands.forEach((operand, index) => {
    const isString = typeof operand === 'string';
    if (index > 0 && !isString && !afterString) printer.state.write(' ');
    printer.printArgument(operand, 'v');
    afterString = isString;
  });
  return joined(printer.state.out);
}

/** `fmt.Sprintln`: spaces between all operands, and a newline. */
export function sprintln(operands: readonly (GoConcrete | null)[]): string {
  const printer = new ValuePrinter();
  operands.forEach((operand, index) => {
    if (index > 0) printer.state.write(' ');
    printer.printArgument(operand, 'v');
  });
  printer.state.write('\n');
  return joined(printer.state.out);
}
