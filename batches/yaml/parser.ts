// Tokens to events: YAML 1.1's grammar as a machine with a stack of states, like libyaml's, so that depth costs no stack
// of ours and errors come at the same token. Comments over the methods give the production; "*" marks the place.
import { parserError, START, type Mark } from './error.ts';
import type { Event, NodeProperties } from './events.ts';
import type { Scanner } from './scanner.ts';
import { TagDirectives } from './tag-directives.ts';
import type { Token } from './tokens.ts';

type State =
  | 'stream-start'
  | 'implicit-document-start'
  | 'document-start'
  | 'document-content'
  | 'document-end'
  | 'block-node'
  | 'block-sequence-first-entry'
  | 'block-sequence-entry'
  | 'indentless-sequence-entry'
  | 'block-mapping-first-key'
  | 'block-mapping-key'
  | 'block-mapping-value'
  | 'flow-sequence-first-entry'
  | 'flow-sequence-entry'
  | 'flow-pair-key'
  | 'flow-pair-value'
  | 'flow-pair-end'
  | 'flow-mapping-first-key'
  | 'flow-mapping-key'
  | 'flow-mapping-value'
  | 'flow-mapping-empty-value'
  | 'end';

type TokenType = Token['type'];
const DIRECTIVES: readonly TokenType[] = ['version-directive', 'tag-directive'];
const NO_CONTENT: readonly TokenType[] = [...DIRECTIVES, 'document-start', 'document-end', 'stream-end'];
const EMPTY_ENTRY: readonly TokenType[] = ['block-entry', 'block-end'];
const EMPTY_KEY_OR_VALUE: readonly TokenType[] = ['key', 'value', 'block-end'];
const EMPTY_INDENTLESS_ENTRY: readonly TokenType[] = ['block-entry', ...EMPTY_KEY_OR_VALUE];
const EMPTY_PAIR_KEY: readonly TokenType[] = ['value', 'flow-entry', 'flow-sequence-end'];
const EMPTY_PAIR_VALUE: readonly TokenType[] = ['flow-entry', 'flow-sequence-end'];
const EMPTY_FLOW_KEY: readonly TokenType[] = ['value', 'flow-entry', 'flow-mapping-end'];
const EMPTY_FLOW_VALUE: readonly TokenType[] = ['flow-entry', 'flow-mapping-end'];

interface NodeContext {
  readonly block: boolean;
  /** "- " at the column of the key before it is the key's value. */
  readonly indentlessSequence?: boolean;
}

const BLOCK: NodeContext = { block: true };
const BLOCK_VALUE: NodeContext = { block: true, indentlessSequence: true };
const FLOW: NodeContext = { block: false };

export class Parser {
  readonly #scanner: Scanner;
  readonly #directives = new TagDirectives();
  readonly #states: State[] = [];
  /** Starts of the collections around, for error texts. */
  readonly #marks: Mark[] = [];
  #state: State = 'stream-start';

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  next(): Event {
    switch (this.#state) {
      case 'stream-start':
        this.#scanner.peek();
        this.#scanner.skip();
        return this.#documentStart(true);
      case 'implicit-document-start':
        return this.#documentStart(true);
      case 'document-start':
        return this.#documentStart(false);
      case 'document-content':
        return this.#documentContent();
      case 'document-end':
        return this.#documentEnd();
      case 'block-node':
        return this.#node(BLOCK);
      case 'block-sequence-first-entry':
        this.#enterCollection();
        return this.#blockSequenceEntry();
      case 'block-sequence-entry':
        return this.#blockSequenceEntry();
      case 'indentless-sequence-entry':
        return this.#indentlessSequenceEntry();
      case 'block-mapping-first-key':
        this.#enterCollection();
        return this.#blockMappingKey();
      case 'block-mapping-key':
        return this.#blockMappingKey();
      case 'block-mapping-value':
        return this.#blockMappingValue();
      case 'flow-sequence-first-entry':
        this.#enterCollection();
        return this.#flowSequenceEntry(true);
      case 'flow-sequence-entry':
        return this.#flowSequenceEntry(false);
      case 'flow-pair-key':
        return this.#flowPairKey();
      case 'flow-pair-value':
        return this.#flowPairValue();
      case 'flow-pair-end':
        this.#scanner.peek();
        this.#state = 'flow-sequence-entry';
        return { type: 'mapping-end' };
      case 'flow-mapping-first-key':
        this.#enterCollection();
        return this.#flowMappingKey(true);
      case 'flow-mapping-key':
        return this.#flowMappingKey(false);
      case 'flow-mapping-value':
        return this.#flowMappingValue(false);
      case 'flow-mapping-empty-value':
        return this.#flowMappingValue(true);
      case 'end':
        return { type: 'stream-end' };
    }
  }

  // implicit_document ::= * block_node DOCUMENT-END*
  // explicit_document ::= * DIRECTIVE* DOCUMENT-START block_node? DOCUMENT-END*
  #documentStart(implicit: boolean): Event {
    let token = this.#scanner.peek();
    while (!implicit && token.type === 'document-end') token = this.#advance();
    if (token.type === 'stream-end') {
      this.#state = 'end';
      this.#scanner.skip();
      return { type: 'stream-end' };
    }
    const explicit = !implicit || token.type === 'document-start' || DIRECTIVES.includes(token.type);
    this.#directives.read(this.#scanner);
    this.#states.push('document-end');
    if (!explicit) {
      this.#state = 'block-node';
      return { type: 'document-start' };
    }
    token = this.#scanner.peek();
    if (token.type !== 'document-start') {
      throw parserError('did not find expected <document start>', START, token.start);
    }
    this.#state = 'document-content';
    this.#scanner.skip();
    return { type: 'document-start' };
  }

  // explicit_document ::= DIRECTIVE* DOCUMENT-START * block_node? DOCUMENT-END*
  #documentContent(): Event {
    const token = this.#scanner.peek();
    if (!NO_CONTENT.includes(token.type)) return this.#node(BLOCK);
    this.#popState();
    return emptyScalar(token.start);
  }

  #documentEnd(): Event {
    if (this.#scanner.peek().type === 'document-end') this.#scanner.skip();
    this.#directives.clear();
    this.#state = 'document-start';
    return { type: 'document-end' };
  }

  // node ::= * ALIAS | * properties content? | * content
  #node(context: NodeContext): Event {
    const first = this.#scanner.peek();
    if (first.type === 'alias') {
      this.#popState();
      this.#scanner.skip();
      return { type: 'alias', name: first.name, start: first.start };
    }
    const properties = this.#properties(first);
    const token = this.#scanner.peek();
    const collection = this.#collection(token.type, context);
    if (collection !== null) {
      this.#state = collection.state;
      return { ...properties, type: collection.type };
    }
    if (token.type === 'scalar') {
      this.#popState();
      this.#scanner.skip();
      return { ...properties, type: 'scalar', value: token.value, style: token.style };
    }
    if (properties.anchor !== null || properties.tag !== null) {
      this.#popState();
      return { ...properties, type: 'scalar', value: '', style: 'plain' };
    }
    throw parserError('did not find expected node content', properties.start, token.start);
  }

  #collection(
    type: TokenType,
    context: NodeContext,
  ): { readonly type: 'sequence-start' | 'mapping-start'; readonly state: State } | null {
    if (type === 'block-entry' && context.indentlessSequence === true) {
      return { type: 'sequence-start', state: 'indentless-sequence-entry' };
    }
    if (type === 'flow-sequence-start') return { type: 'sequence-start', state: 'flow-sequence-first-entry' };
    if (type === 'flow-mapping-start') return { type: 'mapping-start', state: 'flow-mapping-first-key' };
    if (!context.block) return null;
    if (type === 'block-sequence-start') return { type: 'sequence-start', state: 'block-sequence-first-entry' };
    if (type === 'block-mapping-start') return { type: 'mapping-start', state: 'block-mapping-first-key' };
    return null;
  }

  // properties ::= TAG ANCHOR? | ANCHOR TAG?
  #properties(first: Token): NodeProperties {
    let anchor: string | null = null;
    let tag: (Token & { type: 'tag' }) | null = null;
    let token = first;
    if (token.type === 'anchor') {
      anchor = token.name;
      token = this.#advance();
    }
    if (token.type === 'tag') {
      tag = token;
      token = this.#advance();
    }
    if (token.type === 'anchor' && anchor === null) {
      anchor = token.name;
      this.#advance();
    }
    const start = first.start;
    return { anchor, tag: tag === null ? null : this.#directives.resolve(tag, start), start };
  }

  // block_sequence ::= BLOCK-SEQUENCE-START (* BLOCK-ENTRY block_node?)* BLOCK-END
  #blockSequenceEntry(): Event {
    const token = this.#scanner.peek();
    if (token.type === 'block-entry') {
      return this.#nodeAfter(token, EMPTY_ENTRY, 'block-sequence-entry', BLOCK);
    }
    if (token.type === 'block-end') return this.#leaveCollection('sequence-end');
    throw parserError("did not find expected '-' indicator", this.#lastMark(), token.start);
  }

  // indentless_sequence ::= (* BLOCK-ENTRY block_node?)+
  #indentlessSequenceEntry(): Event {
    const token = this.#scanner.peek();
    if (token.type === 'block-entry') {
      return this.#nodeAfter(token, EMPTY_INDENTLESS_ENTRY, 'indentless-sequence-entry', BLOCK);
    }
    this.#popState();
    return { type: 'sequence-end' };
  }

  // block_mapping ::= BLOCK-MAPPING_START ((* KEY node?)? (VALUE node?)?)* BLOCK-END
  #blockMappingKey(): Event {
    const token = this.#scanner.peek();
    if (token.type === 'key') {
      return this.#nodeAfter(token, EMPTY_KEY_OR_VALUE, 'block-mapping-value', BLOCK_VALUE);
    }
    if (token.type === 'block-end') return this.#leaveCollection('mapping-end');
    throw parserError('did not find expected key', this.#lastMark(), token.start);
  }

  // block_mapping ::= BLOCK-MAPPING_START ((KEY node?)? (* VALUE node?)?)* BLOCK-END
  #blockMappingValue(): Event {
    const token = this.#scanner.peek();
    if (token.type === 'value') {
      return this.#nodeAfter(token, EMPTY_KEY_OR_VALUE, 'block-mapping-key', BLOCK_VALUE);
    }
    this.#state = 'block-mapping-key';
    return emptyScalar(token.start);
  }

  // flow_sequence ::= FLOW-SEQUENCE-START (* entry FLOW-ENTRY)* * entry? FLOW-SEQUENCE-END
  // entry         ::= flow_node | KEY flow_node? (VALUE flow_node?)?
  #flowSequenceEntry(first: boolean): Event {
    const token = this.#afterFlowEntry(first, 'flow-sequence-end', "did not find expected ',' or ']'");
    if (token.type === 'flow-sequence-end') return this.#leaveCollection('sequence-end');
    if (token.type === 'key') {
      this.#state = 'flow-pair-key';
      this.#scanner.skip();
      return { type: 'mapping-start', anchor: null, tag: null, start: token.start };
    }
    this.#states.push('flow-sequence-entry');
    return this.#node(FLOW);
  }

  // entry ::= KEY * flow_node? (VALUE flow_node?)?
  #flowPairKey(): Event {
    const token = this.#scanner.peek();
    if (!EMPTY_PAIR_KEY.includes(token.type)) {
      this.#states.push('flow-pair-value');
      return this.#node(FLOW);
    }
    // The token after an empty key is dropped here, even the "]" that ends the sequence: libyaml's own slip.
    this.#scanner.skip();
    this.#state = 'flow-pair-value';
    return emptyScalar(token.end);
  }

  // entry ::= KEY flow_node? (* VALUE flow_node?)?
  #flowPairValue(): Event {
    const token = this.#scanner.peek();
    if (token.type === 'value') {
      if (!EMPTY_PAIR_VALUE.includes(this.#advance().type)) {
        this.#states.push('flow-pair-end');
        return this.#node(FLOW);
      }
    }
    this.#state = 'flow-pair-end';
    return emptyScalar(token.start);
  }

  // flow_mapping ::= FLOW-MAPPING-START (* entry FLOW-ENTRY)* * entry? FLOW-MAPPING-END
  #flowMappingKey(first: boolean): Event {
    const token = this.#afterFlowEntry(first, 'flow-mapping-end', "did not find expected ',' or '}'");
    if (token.type === 'flow-mapping-end') return this.#leaveCollection('mapping-end');
    if (token.type !== 'key') {
      this.#states.push('flow-mapping-empty-value');
      return this.#node(FLOW);
    }
    const content = this.#advance();
    if (!EMPTY_FLOW_KEY.includes(content.type)) {
      this.#states.push('flow-mapping-value');
      return this.#node(FLOW);
    }
    this.#state = 'flow-mapping-value';
    return emptyScalar(content.start);
  }

  // entry ::= flow_node * | KEY flow_node? (* VALUE flow_node?)?
  #flowMappingValue(empty: boolean): Event {
    let token = this.#scanner.peek();
    if (!empty && token.type === 'value') {
      token = this.#advance();
      if (!EMPTY_FLOW_VALUE.includes(token.type)) {
        this.#states.push('flow-mapping-key');
        return this.#node(FLOW);
      }
    }
    this.#state = 'flow-mapping-key';
    return emptyScalar(token.start);
  }

  /** The token that begins an entry, or ends the collection: behind the "," unless it is the first. */
  #afterFlowEntry(first: boolean, end: TokenType, problem: string): Token {
    const token = this.#scanner.peek();
    if (first || token.type === end) return token;
    if (token.type === 'flow-entry') return this.#advance();
    throw parserError(problem, this.#lastMark(), token.start);
  }

  /** The node behind an indicator, or an empty scalar when one of `emptyBefore` follows. */
  #nodeAfter(indicator: Token, emptyBefore: readonly TokenType[], then: State, context: NodeContext): Event {
    if (!emptyBefore.includes(this.#advance().type)) {
      this.#states.push(then);
      return this.#node(context);
    }
    this.#state = then;
    return emptyScalar(indicator.end);
  }

  #enterCollection(): void {
    this.#marks.push(this.#scanner.peek().start);
    this.#scanner.skip();
  }

  #leaveCollection(type: 'sequence-end' | 'mapping-end'): Event {
    this.#popState();
    this.#marks.pop();
    this.#scanner.skip();
    return { type };
  }

  #advance(): Token {
    this.#scanner.skip();
    return this.#scanner.peek();
  }

  #popState(): void {
    this.#state = this.#states.pop() ?? 'end';
  }

  #lastMark(): Mark {
    return this.#marks.at(-1) ?? START;
  }
}

function emptyScalar(start: Mark): Event {
  return { type: 'scalar', anchor: null, tag: null, value: '', style: 'plain', start };
}
