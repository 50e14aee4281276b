// The JSON schema of batch specs, versions 1 to 3 (schema/batch_spec.schema.json of Sourcegraph), without its
// descriptions. Order counts: it decides which of several errors is named.

export type SchemaType = 'array' | 'boolean' | 'integer' | 'null' | 'number' | 'object' | 'string';

export interface Schema {
  readonly type?: readonly SchemaType[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** false: none; absent: any. */
  readonly additionalProperties?: false | Schema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly uniqueItems?: boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
  readonly when?: { readonly if: Schema; readonly then?: Schema; readonly else?: Schema };
  /** As JSON. */
  readonly const?: string;
  /** As JSON, each. */
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly minimum?: number;
  readonly pattern?: RegExp;
  readonly format?: 'email';
}

const STRING: Schema = { type: ['string'] };
const BOOLEAN: Schema = { type: ['boolean'] };
const NULL: Schema = { type: ['null'] };
const NAMED_STRINGS: Schema = { type: ['object', 'null'], additionalProperties: STRING };

const OUTPUT: Schema = {
  type: ['object'],
  required: ['value'],
  properties: { value: STRING, format: { type: ['string'], enum: ['"json"', '"yaml"', '"text"'] } },
};

const MOUNT: Schema = {
  type: ['object'],
  additionalProperties: false,
  required: ['path', 'mountpoint'],
  properties: { path: STRING, mountpoint: STRING },
};

const CODING_AGENT: Schema = {
  type: ['object'],
  additionalProperties: false,
  required: ['type', 'prompt'],
  properties: { type: { type: ['string'], enum: ['"codex"', '"claude-code"'] }, prompt: STRING },
};

const BUILD_IMAGE: Schema = {
  type: ['object'],
  additionalProperties: false,
  required: ['run', 'baseImage'],
  properties: { run: STRING, baseImage: STRING },
};

const ENVIRONMENT: Schema = {
  oneOf: [
    NULL,
    { type: ['object'], additionalProperties: STRING },
    {
      type: ['array'],
      items: {
        oneOf: [STRING, { type: ['object'], additionalProperties: STRING, minProperties: 1, maxProperties: 1 }],
      },
    },
  ],
};

const OUTPUTS: Schema = { type: ['object', 'null'], additionalProperties: OUTPUT };
const CONDITION: Schema = { oneOf: [BOOLEAN, STRING, NULL] };
const MOUNTS: Schema = { type: ['array', 'null'], items: MOUNT };

const STEP: Schema = {
  type: ['object'],
  additionalProperties: false,
  properties: {
    run: STRING,
    container: STRING,
    image: STRING,
    codingAgent: CODING_AGENT,
    buildImage: BUILD_IMAGE,
    outputs: OUTPUTS,
    env: ENVIRONMENT,
    files: NAMED_STRINGS,
    if: CONDITION,
    mount: MOUNTS,
  },
};

const HOOK_STEP: Schema = {
  type: ['object'],
  additionalProperties: false,
  properties: {
    run: STRING,
    image: STRING,
    codingAgent: CODING_AGENT,
    outputs: OUTPUTS,
    env: ENVIRONMENT,
    files: NAMED_STRINGS,
    if: CONDITION,
    mount: MOUNTS,
    maxAttempts: { type: ['integer'], minimum: 1 },
  },
};

const HOOK_ACTION: Schema = {
  type: ['object'],
  additionalProperties: false,
  required: ['steps'],
  properties: { steps: { type: ['array'], items: HOOK_STEP } },
};

const ON_QUERY: Schema = {
  type: ['object'],
  additionalProperties: false,
  required: ['repositoriesMatchingQuery'],
  properties: { repositoriesMatchingQuery: STRING },
};

const ON_REPOSITORY: Schema = {
  type: ['object'],
  additionalProperties: false,
  required: ['repository'],
  properties: { repository: STRING, branch: STRING, branches: { type: ['array'], items: STRING } },
  anyOf: [
    { oneOf: [{ required: ['branch'] }, { required: ['branches'] }] },
    { not: { required: ['branch', 'branches'] } },
  ],
};

const WORKSPACE: Schema = {
  type: ['object'],
  additionalProperties: false,
  required: ['rootAtLocationOf'],
  properties: { rootAtLocationOf: STRING, in: STRING, onlyFetchWorkspace: BOOLEAN },
};

const GROUP: Schema = {
  type: ['object'],
  additionalProperties: false,
  required: ['directory', 'branch'],
  properties: {
    directory: { type: ['string'], minLength: 1 },
    branch: { type: ['string'], minLength: 1 },
    repository: STRING,
  },
};

const IMPORT: Schema = {
  type: ['object'],
  additionalProperties: false,
  required: ['repository', 'externalIDs'],
  properties: {
    repository: STRING,
    externalIDs: {
      type: ['array', 'null'],
      uniqueItems: true,
      items: { oneOf: [STRING, { type: ['integer'] }] },
    },
  },
};

const PUBLISHED_FLAG: Schema = { oneOf: [BOOLEAN, { type: ['string'], pattern: /^draft$/ }] };

const CHANGESET_TEMPLATE: Schema = {
  type: ['object'],
  additionalProperties: false,
  required: ['title', 'branch', 'commit'],
  properties: {
    title: STRING,
    body: STRING,
    branch: STRING,
    fork: BOOLEAN,
    commit: {
      type: ['object'],
      additionalProperties: false,
      required: ['message'],
      properties: {
        message: STRING,
        author: {
          type: ['object'],
          additionalProperties: false,
          required: ['name', 'email'],
          properties: { name: STRING, email: { type: ['string'], format: 'email' } },
        },
      },
    },
    published: {
      oneOf: [
        NULL,
        PUBLISHED_FLAG,
        {
          type: ['array'],
          items: { type: ['object'], additionalProperties: PUBLISHED_FLAG, minProperties: 1, maxProperties: 1 },
        },
      ],
    },
  },
};

const IS_VERSION_3: Schema = { properties: { version: { const: '3' } }, required: ['version'] };
const VERSION_3_STEP: Schema = {
  anyOf: [{ required: ['run', 'image'] }, { required: ['buildImage'] }, { required: ['codingAgent'] }],
};
const OLDER_STEP: Schema = {
  required: ['run', 'container'],
  allOf: [{ not: { required: ['codingAgent'] } }, { not: { required: ['buildImage'] } }],
};

export const BATCH_SPEC_SCHEMA: Schema = {
  type: ['object'],
  additionalProperties: false,
  required: ['name'],
  allOf: [
    {
      when: {
        if: IS_VERSION_3,
        then: { properties: { steps: { items: VERSION_3_STEP } } },
        else: { properties: { steps: { items: OLDER_STEP } } },
      },
    },
    {
      when: {
        if: { required: ['changesetHooks'] },
        then: { required: ['version'], properties: { version: { const: '3' } } },
      },
    },
  ],
  properties: {
    version: { type: ['number'], enum: ['1', '2', '3'] },
    name: { type: ['string'], pattern: /^[\w.-]+$/ },
    description: STRING,
    on: { type: ['array', 'null'], items: { oneOf: [ON_QUERY, ON_REPOSITORY] } },
    workspaces: { type: ['array', 'null'], items: WORKSPACE },
    steps: { type: ['array', 'null'], items: STEP },
    transformChanges: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: { group: { type: ['array', 'null'], items: GROUP } },
    },
    importChangesets: { type: ['array', 'null'], items: IMPORT },
    changesetTemplate: CHANGESET_TEMPLATE,
    changesetHooks: {
      type: ['object'],
      additionalProperties: false,
      properties: { onCIFailure: HOOK_ACTION, onMergeConflict: HOOK_ACTION },
    },
  },
};
