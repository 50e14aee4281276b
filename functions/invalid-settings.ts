// The environment of a deployed function is wrong: a handler that cannot work must fail visibly, with all reasons at once.
import type { Invalid } from '#settings/parse.ts';

export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';

  constructor({ problems }: Invalid) {
    super(problems.map(({ message }) => message).join('\n'));
  }
}
