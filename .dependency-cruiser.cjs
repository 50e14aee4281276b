// Data goes one way, bottom to top. A folder may know the folders of its row and itself; everything else is an error.
const knows = {
  settings: [],
  sourcegraph: [],
  batches: [],
  jobs: ['sourcegraph', 'batches'],
  runner: ['jobs', 'sourcegraph', 'batches'],
  functions: ['jobs', 'sourcegraph', 'settings'],
  // The stack knows the Lambdas and the runner by path only: synth must not load an SDK.
  infra: ['settings', 'jobs'],
  build: [],
  local: ['jobs', 'runner', 'sourcegraph', 'batches', 'settings', 'build'],
  cli: ['jobs', 'runner', 'sourcegraph', 'batches', 'settings', 'local', 'build', 'functions'],
};
const folders = Object.keys(knows);

module.exports = {
  forbidden: [
    ...folders.map((folder) => ({
      name: `${folder}-knows-only-what-is-below-it`,
      severity: 'error',
      from: { path: `^${folder}/` },
      to: { path: `^(${folders.filter((other) => other !== folder && !knows[folder].includes(other)).join('|')})/` },
    })),
    {
      name: 'no-cycles',
      comment: 'types may refer to each other: they load nothing',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'aws-only-behind-its-adapters',
      comment: 'one adapter a file in functions/aws; whatever else needs AWS goes through jobs/world.ts',
      severity: 'error',
      from: { pathNot: '^(functions/aws|test)/' },
      to: { path: 'node_modules/@(aws-sdk|smithy)/' },
    },
    {
      name: 'product-code-knows-no-test',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'not-to-unresolvable',
      comment: 'the parts of Powertools are found by exports that only Node and TypeScript resolve',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@aws-lambda-powertools/' },
    },
    {
      name: 'shipped-code-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^(settings|sourcegraph|batches|jobs|runner|functions|local|cli)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|cdk\\.out|\\.local)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts'],
    },
  },
};
