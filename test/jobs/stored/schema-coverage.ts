// Holds values against a schema: whether they show all that it knows (each field, each optional one there and not there,
// each variant, each value of an enumeration), and whether they hold fields that it does not know.
import type * as core from 'zod/v4/core';

type Schema = core.$ZodType;
type Def = core.$ZodTypes['_zod']['def'];

const LEAVES: readonly Def['type'][] = ['string', 'number', 'boolean', 'literal', 'custom'];
const BRANCHES = ['object', 'union', 'enum', 'array', 'record', 'optional', 'nullable', 'pipe'] as const;
type Branch = Extract<Def, { readonly type: (typeof BRANCHES)[number] }>;

export interface Coverage {
  /** In no value, such as `record.state<finished>.failure, absent`. */
  readonly unseen: readonly string[];
  /** In a value, and unknown to the schema, which may let it pass or drop it. */
  readonly unknown: readonly string[];
}

export function coverage(name: string, schema: Schema, values: readonly unknown[]): Coverage {
  const walk = new Walk();
  walk.want(schema, name, true);
  for (const value of values) walk.see(schema, value);
  return { unseen: [...walk.wanted], unknown: [...walk.unknown] };
}

class Walk {
  readonly wanted = new Set<string>();
  readonly unknown = new Set<string>();
  /** A schema that stands in several places goes by the first one. */
  readonly #names = new Map<Schema, string>();

  /** `mayLack`: whether optional fields are wanted absent as well. */
  want(schema: Schema, name: string, mayLack: boolean): void {
    if (this.#names.has(schema)) return;
    this.#names.set(schema, name);
    const def = branchOf(schema);
    switch (def.type) {
      case 'object':
        for (const [field, inner] of Object.entries(def.shape)) {
          this.wanted.add(`${name}.${field}`);
          if (isOptional(inner) && mayLack) this.wanted.add(absent(name, field));
          this.want(inner, `${name}.${field}`, mayLack);
        }
        return;
      case 'union':
        for (const option of def.options) this.want(option, variant(name, def, option), mayLack);
        return;
      case 'enum':
        for (const value of Object.values(def.entries)) this.wanted.add(`${name}: ${value}`);
        return;
      case 'array':
        this.want(def.element, `${name}[]`, mayLack);
        return;
      case 'record':
        this.want(def.valueType, `${name}[]`, mayLack);
        return;
      case 'optional':
      case 'nullable':
        this.want(def.innerType, name, mayLack);
        return;
      case 'pipe':
        // What is stored has gone through it before, which fills in what was left out.
        this.want(def.in, name, false);
        return;
      case 'leaf':
    }
  }

  see(schema: Schema, value: unknown): void {
    const name = this.#names.get(schema) ?? '';
    const def = branchOf(schema);
    switch (def.type) {
      case 'object':
        this.#seeObject(name, def.shape, value as Readonly<Record<string, unknown>>);
        return;
      case 'union':
        for (const option of def.options) if (accepts(option, value)) this.see(option, value);
        return;
      case 'enum':
        this.wanted.delete(`${name}: ${String(value)}`);
        return;
      case 'array':
        for (const element of value as readonly unknown[]) this.see(def.element, element);
        return;
      case 'record':
        for (const element of Object.values(value as object)) this.see(def.valueType, element);
        return;
      case 'optional':
      case 'nullable':
        this.see(def.innerType, value);
        return;
      case 'pipe':
        this.see(def.in, value);
        return;
      case 'leaf':
    }
  }

  #seeObject(name: string, shape: Readonly<Record<string, Schema>>, value: Readonly<Record<string, unknown>>): void {
    for (const [field, inner] of Object.entries(shape)) {
      this.wanted.delete(field in value ? `${name}.${field}` : absent(name, field));
      if (field in value) this.see(inner, value[field]);
    }
    for (const field of Object.keys(value)) if (!(field in shape)) this.unknown.add(`${name}.${field}`);
  }
}

const defOf = (schema: Schema): Def => (schema as core.$ZodTypes)._zod.def;

/** Throws for a kind of schema that stored shapes have not used so far: nothing of it would be looked at. */
function branchOf(schema: Schema): Branch | { readonly type: 'leaf' } {
  const def = defOf(schema);
  if (LEAVES.includes(def.type)) return { type: 'leaf' };
  if (BRANCHES.some((type) => type === def.type)) return def as Branch;
  throw new Error(`teach the walk what a schema of the type ${def.type} holds`);
}

const absent = (name: string, field: string): string => `${name}.${field}, absent`;

const isOptional = (schema: Schema): boolean => defOf(schema).type === 'optional';

function accepts(schema: Schema, value: unknown): boolean {
  const result = schema._zod.run({ value, issues: [] }, { async: false });
  return !(result instanceof Promise) && result.issues.length === 0;
}

function variant(name: string, union: core.$ZodUnionDef, option: Schema): string {
  const { discriminator } = union as Partial<core.$ZodDiscriminatedUnionDef>;
  const def = defOf(option);
  if (discriminator === undefined || def.type !== 'object') return name;
  const key = def.shape[discriminator];
  const tag = key === undefined ? undefined : defOf(key);
  return tag?.type === 'literal' ? `${name}<${tag.values.join('|')}>` : name;
}
