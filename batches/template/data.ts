// What a render sees beside the template: dot, and the functions that give the context's values.
import type { GoConcrete, GoPointer } from '#batches/go/reflect.ts';

export interface TemplateData {
  /** `.` and `$`: Go's context struct. */
  readonly dot: GoPointer;
  /** The result of a function of the context: `repository`, `outputs`, .. */
  value(name: string): GoConcrete;
}

/** Makes each value when it is first asked for; a render mostly asks for few. */
export class LazyData implements TemplateData {
  readonly dot: GoPointer;
  private readonly makers: Readonly<Record<string, () => GoConcrete>>;
  private readonly made = new Map<string, GoConcrete>();

  constructor(dot: GoPointer, makers: Readonly<Record<string, () => GoConcrete>>) {
    this.dot = dot;
    this.makers = makers;
  }

  value(name: string): GoConcrete {
    const known = this.made.get(name);
    if (known !== undefined) return known;
    const make = this.makers[name];
    if (make === undefined) throw new Error(`no context value ${name}`);
    const value = make();
    this.made.set(name, value);
    return value;
  }
}
