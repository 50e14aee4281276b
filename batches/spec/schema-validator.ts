// JSON against a schema, with the errors of xeipuuv/gojsonschema v1.2.0 and in its order: schema combinations first, then
// the value's own rules, then its properties. Where several schemas could have matched, the errors of the one with the
// best score are shown; the score is part of the behaviour.
//   V1. Go visits maps in random order; here it is the order of the value (additional properties) or of the schema.
//   V2. `score` grows with every group of rules that was looked at and shrinks by two with every error.
import { encodeValue } from '../go/json-encode.ts';
import { valueOfNode } from '../go/json-decode.ts';
import type { JsonNode } from '../go/json-node.ts';
import { runeCount } from '../go/text-bytes.ts';
import { isMailAddress } from './mail-address.ts';
import type { Schema, SchemaType } from './schema.ts';

export type JsonPath = readonly (string | number)[];

export interface SchemaError {
  /** The property path and the problem, as gojsonschema prints it; the root has no path. */
  readonly message: string;
  /** Of the value, or of the property that should not be there. */
  readonly path: JsonPath;
}

type ObjectNode = JsonNode & { readonly kind: 'object' };
type ArrayNode = JsonNode & { readonly kind: 'array' };

export function validateJson(schema: Schema, root: JsonNode): SchemaError[] {
  const result = new Validation([]);
  result.check(schema, root);
  return result.errors;
}

class Validation {
  readonly errors: SchemaError[] = [];
  readonly #path: JsonPath;
  #score = 0;

  constructor(path: JsonPath) {
    this.#path = path;
  }

  check(schema: Schema, node: JsonNode): void {
    const given = typeOf(node);
    if (schema.type !== undefined && !accepts(schema.type, given)) {
      const expected = schema.type.length === 1 ? schema.type[0] : `[${schema.type.join(',')}]`;
      this.#fail(`Invalid type. Expected: ${expected ?? ''}, given: ${given}`);
      return;
    }
    this.#checkCombinations(schema, node);
    if (node.kind === 'object') this.#checkObject(schema, node);
    else if (node.kind === 'array') this.#checkArray(schema, node);
    else if (node.kind === 'number') this.#checkNumber(schema, node.digits);
    this.#checkCommon(schema, node);
    if (node.kind === 'string') this.#checkString(schema, node.value);
    if (node.kind === 'object') this.#checkProperties(schema, node);
    this.#score += 1;
  }

  #checkCombinations(schema: Schema, node: JsonNode): void {
    if (schema.anyOf !== undefined) {
      const results = schema.anyOf.map((option) => this.#tried(option, node));
      if (!results.some((result) => result.#isValid())) {
        this.#fail('Must validate at least one schema (anyOf)');
        this.#mergeBest(results);
      }
    }
    if (schema.oneOf !== undefined) {
      const results = schema.oneOf.map((option) => this.#tried(option, node));
      const valid = results.filter((result) => result.#isValid()).length;
      if (valid !== 1) this.#fail('Must validate one and only one schema (oneOf)');
      if (valid === 0) this.#mergeBest(results);
    }
    if (schema.allOf !== undefined) {
      const results = schema.allOf.map((part) => this.#tried(part, node));
      for (const result of results) this.#merge(result);
      if (!results.every((result) => result.#isValid())) this.#fail('Must validate all the schemas (allOf)');
    }
    if (schema.not !== undefined && this.#tried(schema.not, node).#isValid()) {
      this.#fail('Must not validate the schema (not)');
    }
    if (schema.when !== undefined) this.#checkCondition(schema.when, node);
    this.#score += 1;
  }

  #checkCondition(when: NonNullable<Schema['when']>, node: JsonNode): void {
    const met = this.#tried(when.if, node).#isValid();
    const consequence = met ? when.then : when.else;
    if (consequence === undefined) return;
    const result = this.#tried(consequence, node);
    if (result.#isValid()) return;
    this.#fail(met ? 'Must validate "then" as "if" was valid' : 'Must validate "else" as "if" was not valid');
    this.#merge(result);
  }

  #checkObject(schema: Schema, node: ObjectNode): void {
    const members = new Map(node.members);
    if (schema.minProperties !== undefined && members.size < schema.minProperties) {
      this.#fail(`Must have at least ${schema.minProperties} properties`);
    }
    if (schema.maxProperties !== undefined && members.size > schema.maxProperties) {
      this.#fail(`Must have at most ${schema.maxProperties} properties`);
    }
    for (const name of schema.required ?? []) {
      if (members.has(name)) this.#score += 1;
      else this.#fail(`${name} is required`);
    }
    for (const [name, value] of members) {
      if (schema.properties !== undefined && Object.hasOwn(schema.properties, name)) continue;
      if (schema.additionalProperties === false) {
        this.#fail(`Additional property ${name} is not allowed`, [...this.#path, name]);
      } else if (schema.additionalProperties !== undefined) {
        this.#merge(this.#tried(schema.additionalProperties, value, name));
      }
    }
    this.#score += 1;
  }

  #checkProperties(schema: Schema, node: ObjectNode): void {
    const members = new Map(node.members);
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const value = members.get(name);
      if (value !== undefined) this.#merge(this.#tried(property, value, name));
    }
  }

  #checkArray(schema: Schema, node: ArrayNode): void {
    if (schema.items !== undefined) {
      for (const [index, item] of node.items.entries()) this.#merge(this.#tried(schema.items, item, index));
    }
    if (schema.uniqueItems === true) {
      const seen = new Map<string, number>();
      for (const [index, item] of node.items.entries()) {
        const json = canonicalJson(item);
        const earlier = seen.get(json);
        if (earlier !== undefined) this.#fail(`array items[${earlier},${index}] must be unique`);
        seen.set(json, index);
      }
    }
    this.#score += 1;
  }

  #checkNumber(schema: Schema, digits: string): void {
    if (schema.minimum !== undefined && Number(digits) < schema.minimum) {
      this.#fail(`Must be greater than or equal to ${schema.minimum}`);
    }
    this.#score += 1;
  }

  #checkCommon(schema: Schema, node: JsonNode): void {
    if (schema.const !== undefined && canonicalJson(node) !== schema.const) {
      this.#fail(`${this.#field()} does not match: ${schema.const}`);
    }
    if (schema.enum !== undefined && !schema.enum.includes(canonicalJson(node))) {
      this.#fail(`${this.#field()} must be one of the following: ${schema.enum.join(', ')}`);
    }
    this.#score += 1;
  }

  #checkString(schema: Schema, value: string): void {
    if (schema.minLength !== undefined && runeCount(value) < schema.minLength) {
      this.#fail(`String length must be greater than or equal to ${schema.minLength}`);
    }
    if (schema.pattern !== undefined && !schema.pattern.test(value)) {
      this.#fail(`Does not match pattern '${schema.pattern.source}'`);
    }
    if (schema.format === 'email' && !isMailAddress(value)) this.#fail("Does not match format 'email'");
    this.#score += 1;
  }

  /** The result of another schema, of this value or of the one below it. */
  #tried(schema: Schema, node: JsonNode, below?: string | number): Validation {
    const result = new Validation(below === undefined ? this.#path : [...this.#path, below]);
    result.check(schema, node);
    return result;
  }

  /** Of the results that have errors, the first with the highest score. */
  #mergeBest(results: readonly Validation[]): void {
    let best: Validation | undefined;
    for (const result of results) if (best === undefined || result.#score > best.#score) best = result;
    if (best !== undefined) this.#merge(best);
  }

  #merge(other: Validation): void {
    for (const error of other.errors) this.errors.push(error);
    this.#score += other.#score;
  }

  #fail(problem: string, path: JsonPath = this.#path): void {
    this.errors.push({ message: this.#path.length === 0 ? problem : `${this.#field()}: ${problem}`, path });
    this.#score -= 2;
  }

  #field(): string {
    return this.#path.length === 0 ? '(root)' : this.#path.join('.');
  }

  #isValid(): boolean {
    return this.errors.length === 0;
  }
}

function typeOf(node: JsonNode): SchemaType {
  if (node.kind === 'bool') return 'boolean';
  if (node.kind !== 'number') return node.kind;
  return Number.isInteger(Number(node.digits)) ? 'integer' : 'number';
}

function accepts(types: readonly SchemaType[], given: SchemaType): boolean {
  return types.includes(given) || (given === 'integer' && types.includes('number'));
}

/** JSON after a round trip through Go's `any`: 3.0 is 3. */
function canonicalJson(node: JsonNode): string {
  return encodeValue(valueOfNode(node, () => undefined));
}
