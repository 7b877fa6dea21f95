// The stairs, as code: which floor may import which. The picture is in ARCHITECTURE.md; scripts/stairs.test.ts plants
// violations and proves that each rule catches its own.

/** A floor may import itself and the floors listed. Everything else that is ours is forbidden. */
const floors = {
  lib: [],
  model: [],
  vault: ['lib', 'model'],
  store: ['lib', 'model'],
  browser: ['lib', 'model'],
  connectors: ['lib', 'model'],
  sync: ['lib', 'model', 'store', 'connectors/connector\\.ts$'],
  jobs: ['lib', 'model', 'store', 'vault', 'browser', 'sync', 'connectors/(registry|connector)\\.ts$'],
  api: ['lib', 'model', 'store', 'vault', 'jobs/start\\.ts$', 'connectors/(registry|connector)\\.ts$'],
}

const tests = '\\.(test|spec)\\.tsx?$|/testing/|^(e2e|bench|faults|scripts)/'

const floorRules = Object.entries(floors).map(([floor, allowed]) => ({
  name: `floor-${floor}`,
  severity: 'error',
  comment: `src/${floor} may import itself and: ${allowed.join(', ') || 'nothing of ours'}.`,
  from: { path: `^src/${floor}/`, pathNot: tests },
  to: {
    path: '^(src|console|scripts|e2e|bench|faults)/',
    pathNot: [`^src/${floor}/`, ...allowed.map((a) => (a.endsWith('$') ? `^src/${a}` : `^src/${a}/`))],
  },
}))

module.exports = {
  forbidden: [
    ...floorRules,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(src|console)/',
        pathNot: ['\\.d\\.ts$', tests, '^console/vite\\.config\\.ts$'],
      },
      to: {},
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '\\.css$' },
    },
    { name: 'no-barrels', severity: 'error', from: {}, to: { path: '^(src|console)/.*index\\.tsx?$' } },
    {
      name: 'connectors-are-strangers',
      severity: 'error',
      from: { path: '^src/connectors/([^/]+)/', pathNot: tests },
      to: { path: '^src/connectors/[^/]+/', pathNot: '^src/connectors/$1/' },
    },
    {
      name: 'connectors-see-only-the-contract',
      severity: 'error',
      from: { path: '^src/connectors/[^/]+/', pathNot: tests },
      to: { path: '^src/connectors/registry\\.ts$' },
    },
    {
      name: 'the-connector-does-not-know-the-simulator',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/connectors/[^/]+/simulator/', '^src/commands/(parts|simulator)\\.ts$', tests],
      },
      to: { path: '^src/connectors/[^/]+/simulator/' },
    },
    {
      name: 'the-simulator-does-not-know-the-connector',
      severity: 'error',
      from: { path: '^src/connectors/([^/]+)/simulator/', pathNot: tests },
      to: { path: '^src/connectors/', pathNot: '^src/connectors/$1/simulator/' },
    },
    {
      name: 'model-is-pure',
      severity: 'error',
      from: { path: '^src/model/', pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'model-knows-only-zod',
      severity: 'error',
      from: { path: '^src/model/', pathNot: tests },
      to: { path: 'node_modules/', pathNot: 'node_modules/zod/' },
    },
    {
      name: 'sql-lives-in-store',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/store/', '^src/api/auth(-library)?\\.ts$', tests],
      },
      to: { path: 'node_modules/(pg|kysely|@types/pg)/' },
    },
    {
      name: 'playwright-lives-in-browser',
      severity: 'error',
      from: { path: '^(src|console)/', pathNot: ['^src/browser/', '^src/connectors/[^/]+/browser/', tests] },
      to: { path: 'node_modules/playwright-core/' },
    },
    {
      name: 'engine-lives-in-jobs',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/jobs/engine(-run|\\.db\\.test|-stop\\.db\\.test)?\\.ts$' },
      to: { path: 'node_modules/@dbos-inc/' },
    },
    {
      name: 'auth-library-lives-in-api-auth',
      severity: 'error',
      from: { path: '^(src|console)/', pathNot: ['^src/api/auth(-library)?\\.ts$', tests] },
      to: { path: 'node_modules/better-auth/' },
    },
    {
      name: 'console-sees-model-and-api-types',
      severity: 'error',
      from: { path: '^console/', pathNot: tests },
      to: { path: '^src/', pathNot: ['^src/model/', '^src/vault/sharing\\.ts$', '^src/api/app\\.ts$'] },
    },
    {
      name: 'console-takes-only-types-from-api',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^src/api/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-main-or-config',
      severity: 'error',
      from: { path: '^(src|console)/', pathNot: ['^src/main\\.ts$', '^src/commands/', tests] },
      to: { path: '^src/(main|config|demo)\\.ts$' },
    },
    {
      name: 'only-main-runs-commands',
      severity: 'error',
      from: { path: '^(src|console)/', pathNot: ['^src/main\\.ts$', '^src/commands/', tests] },
      to: { path: '^src/commands/' },
    },
    {
      name: 'main-is-a-list-of-commands',
      severity: 'error',
      comment: 'main.ts names the subcommands and the settings; what one does stands in commands/.',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(commands/|config\\.ts$)' },
    },
    {
      name: 'product-code-imports-no-tests',
      severity: 'error',
      from: { path: '^(src|console)/', pathNot: tests },
      to: { path: tests },
    },
    {
      name: 'no-dev-deps-in-src',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'lib-is-shared',
      severity: 'error',
      comment: 'A file in lib serves two users or more.',
      module: { path: '^src/lib/', pathNot: tests, numberOfDependentsLessThan: 2 },
      from: { pathNot: tests },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules/\\.)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
}
