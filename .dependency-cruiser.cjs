// Import rules: a folder may import only folders to its right.
//   bin -> cli -> process -> proxy | monitor | app | console -> flags -> store -> core -> contract
//   app | console -> web -> core
const runtime = (folder) => `^runtime/${folder}/`;

/** Lets `folder` import itself, `allowed` and nothing else of the runtime. */
const onlyReaches = (folder, ...allowed) => ({
  name: `${folder}-reaches-only-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: runtime(folder) },
  to: { path: '^runtime/(?!node_modules/)', pathNot: [folder, ...allowed].map(runtime) },
});

/**
 * Lets each folder of `parent` import itself and folders to its right in `ranks`. Folders of one rank
 * share one string, separated by a bar; they do not import each other.
 */
const innerOrder = (parent, ...ranks) =>
  ranks.flatMap((rank, index) =>
    rank.split('|').map((folder) => ({
      name: `${parent.replace('runtime/', '')}-${folder}-imports-to-the-right`,
      severity: 'error',
      from: { path: `^${parent}/${folder}/` },
      to: {
        path: `^${parent}/`,
        pathNot: [folder, ...ranks.slice(index + 1).flatMap((right) => right.split('|'))].map(
          (allowed) => `^${parent}/${allowed}/`,
        ),
      },
    })),
  );

const belowParts = ['flags', 'store', 'core', 'contract'];
const belowProcess = ['proxy', 'monitor', 'app', 'console', ...belowParts];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'contract-imports-nothing-of-perch',
      severity: 'error',
      from: { path: runtime('contract') },
      to: {
        pathNot: [runtime('contract'), 'node_modules/fastest-levenshtein/', '^(node:)?crypto$'],
      },
    },
    {
      name: 'core-does-no-io',
      severity: 'error',
      from: { path: runtime('core') },
      to: {
        pathNot: [
          runtime('core'),
          runtime('contract'),
          '^(node:)?(crypto|util)$',
          'node_modules/(zod|fastest-levenshtein)/',
        ],
      },
    },
    onlyReaches('store', 'core', 'contract'),
    onlyReaches('flags', 'store', 'core', 'contract'),
    onlyReaches('web', 'core', 'contract'),
    ...['proxy', 'monitor'].map((folder) => onlyReaches(folder, ...belowParts)),
    ...['app', 'console'].map((folder) => onlyReaches(folder, 'web', ...belowParts)),
    onlyReaches('process', ...belowProcess),
    onlyReaches('cli', 'process', ...belowProcess),
    ...innerOrder(
      'runtime/core',
      'ejection',
      'alerting',
      'analysis',
      'release',
      'routing|edge',
      'host|flags',
      'input',
    ),
    ...innerOrder(
      'infra',
      'stacks',
      'targets',
      'services',
      'release|images',
      'hosts',
      'transfer',
      'shell|config',
    ),
    {
      name: 'only-stacks-read-the-configuration',
      severity: 'error',
      from: { path: '^infra/(targets|services|release|images|hosts|shell)/' },
      to: { path: '^infra/config/(?!stack-role|ssh-string|creates-nothing|lost-hosts)' },
    },
    {
      name: 'library-reaches-only-what-stacks-are-made-of',
      severity: 'error',
      from: { path: '^infra/library' },
      to: { path: '^infra/(operator|replacement|deploy|recovery)/' },
    },
    // `perch` and its commands work from outside: no component imports them.
    ...[
      ['operator', 'replacement', 'deploy', 'recovery', 'transfer', 'shell', 'config'],
      ['replacement', 'deploy', 'recovery', 'transfer', 'shell', 'config'],
      ['deploy', 'recovery', 'transfer', 'shell', 'config'],
      ['recovery', 'shell', 'config'],
    ].map(([folder, ...allowed]) => ({
      name: `infra-${folder}-reaches-only-${allowed.join('-')}`,
      severity: 'error',
      from: { path: `^infra/${folder}/` },
      to: { path: '^infra/', pathNot: `^infra/(${[folder, ...allowed].join('|')})/` },
    })),
    {
      name: 'no-folder-circles',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'http-engine-reaches-only-the-contract',
      severity: 'error',
      from: { path: '^runtime/proxy/http/' },
      to: {
        path: '^runtime/(?!node_modules/)',
        pathNot: ['^runtime/proxy/http/', runtime('contract')],
      },
    },
    {
      name: 'runtime-never-imports-pulumi',
      severity: 'error',
      from: { path: '^runtime/' },
      to: { path: 'node_modules/@pulumi/' },
    },
    {
      name: 'infra-reaches-only-the-contract',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^(runtime|rehearsal|test|bench)/', pathNot: runtime('contract') },
    },
    {
      name: 'rehearsal-reaches-only-the-contract',
      severity: 'error',
      from: { path: '^rehearsal/' },
      to: { path: '^runtime/(?!node_modules/)', pathNot: runtime('contract') },
    },
    {
      name: 'product-imports-no-tests-or-scripts',
      severity: 'error',
      from: { path: '^(runtime|infra|rehearsal)/' },
      to: { path: '^(test|bench|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'require'],
    },
  },
};
