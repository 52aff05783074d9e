// Which file may import which: ARCHITECTURE.md says it in words. `npm run check` runs it.
// tools/import-rules.test.ts breaks each rule once.
'use strict';

const { readFileSync } = require('node:fs');
const path = require('node:path');

/** Of ours, what each package and example may import beside itself. */
const arrows = {
  'packages/wire': [],
  'packages/jwt': ['wire'],
  'packages/core': ['wire', 'jwt'],
  'packages/store': ['core'],
  'packages/permissions': ['wire', 'core'],
  'packages/server': ['wire', 'jwt', 'core', 'store', 'permissions'],
  'packages/guard': ['wire', 'jwt'],
  'packages/client': ['jwt'],
  'packages/testing': ['wire', 'jwt', 'core', 'store', 'permissions'],
  'examples/third-party-app': [],
  'examples/background-service': ['client'],
  'examples/guard': ['guard'],
  'examples/platform-api': ['guard'],
  'examples/mcp-server': ['guard'],
};

/** Inside core: what each layer may import beside itself. */
const layers = {
  model: [],
  rules: ['model'],
  kernel: ['model', 'rules'],
  features: ['model', 'rules', 'kernel'],
  // Replacing the sealing key opens pushed requests: it needs the name that they are sealed for.
  operations: ['model', 'rules', 'kernel', 'features/authorization/pushed.ts'],
};

/** Features that import another one, and why. */
const pairs = {
  // Checks the authorization request that it stores.
  par: 'authorization',
  // Checks signed requests as the authorization endpoint does.
  ciba: 'authorization',
  // Checks the authorization request that it continues.
  'first-party-challenge': 'authorization',
  // Finds the address to go back to as the authorization endpoint does.
  logout: 'authorization',
  // Continues the sign-in page with an authorization request.
  passkeys: 'authorization',
};

const core = '^packages/core/src/';
const others = (names) => (names.length === 0 ? 'nothing' : names.join(', '));
const rule = (name, from, to, scope = 'module') => ({ name, severity: 'error', scope, from, to });

/** Tests, and what only tests use, may import what they need: it is not published. */
const tests = '[.]test[.]ts$|/contract[.]ts$|/contract-[^/]+[.]ts$|/(flows|testing-parts)/';

function declared(folder) {
  const file = path.join(__dirname, folder, 'package.json');
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(file, 'utf8'));
  return { ...dependencies, ...peerDependencies };
}

const betweenPackages = Object.entries(arrows).map(([folder, names]) => {
  const own = declared(folder);
  const usable = names.filter((name) => own[`@keywright/${name}`] !== undefined);
  return rule(
    `${folder} may import of ours: ${others(usable)}`,
    { path: `^${folder}/` },
    {
      path: '^(packages|examples|bench|interop|faults|tools)/',
      pathNot: [`^${folder}/`, ...usable.map((name) => `^packages/${name}/src/`)],
    },
  );
});

const betweenLayers = Object.entries(layers).map(([layer, below]) =>
  rule(
    `core/${layer} may import: ${others(below)}`,
    { path: `${core}${layer}/` },
    { path: core, pathNot: [layer, ...below].map((name) => `${core}${name}(/|$)`) },
  ),
);

const betweenFeatures = [
  rule(
    'a feature imports no other feature',
    {
      path: `${core}features/([^/]+)/`,
      pathNot: `${core}features/(${others(Object.keys(pairs)).replaceAll(', ', '|')})/`,
    },
    { path: `${core}features/`, pathNot: `${core}features/$1/` },
  ),
  ...Object.entries(pairs).map(([feature, other]) =>
    rule(
      `of the features, ${feature} imports ${other} alone`,
      { path: `${core}features/${feature}/` },
      { path: `${core}features/`, pathNot: `${core}features/(${feature}|${other})/` },
    ),
  ),
];

module.exports = {
  forbidden: [
    ...betweenPackages,
    ...betweenLayers,
    ...betweenFeatures,
    rule(
      'a package is imported by its name',
      { path: '^((?:packages|examples)/[^/]+)/' },
      { path: '^(packages|examples)/', pathNot: '^$1/', dependencyTypes: ['local'] },
    ),
    rule(
      'what is imported is among the dependencies',
      {},
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    ),
    rule('what is imported exists', {}, { couldNotResolve: true }),
    rule(
      'core knows no transport, no file and no database: they are ports',
      { path: core },
      {
        dependencyTypes: ['core'],
        path: '^(node:)?(http|https|http2|net|tls|dgram|dns|fs|sqlite|child_process|worker_threads|os)(/|$)',
      },
    ),
    rule(
      'no file imports itself through others, types included',
      { path: '^packages/' },
      // The files of one engine of the store are loaded when they are needed, and use the file that
      // loads them. This cannot fail at the start.
      { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
    ),
    rule(
      'no folder imports itself through others',
      { path: '^packages/' },
      { circular: true },
      'folder',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: `^(packages|examples)/[^/]+/dist/|${tests}` },
    // TypeScript 7 has no interface for programs that read sources.
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.cjs', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
