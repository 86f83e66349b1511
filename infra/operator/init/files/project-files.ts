/** Files of the Pulumi project in an application's repository. Pure. */
import type { PlannedFile } from './planned-file.ts';

/** The program. Everything about the release is in the stacks' files. */
const programText = `import * as perch from 'perch';

const release = perch.fromConfig();

export default await release.outputs;
`;

/** Lines that keep what Perch writes out of git. */
const gitignored = ['.perch/', 'node_modules/'];

/** Keys of ssh must not get into an image. */
const neverInImages = '.perch';

/** Files that do not belong into the application's image, and must not change it. */
const dockerignored = [
  neverInImages,
  '.git',
  '.github',
  '.gitlab-ci.yml',
  '.env*',
  'node_modules',
  'Pulumi*.yaml',
  'Dockerfile',
  '.dockerignore',
];

interface Present {
  /** True if there is a .dockerignore, which then only gets what it must have. */
  readonly hasDockerignore: boolean;
  /** True if there is a folder infra, which may belong to the application. */
  readonly hasInfra: boolean;
}

/** @param name of the project: the service. */
export function projectFiles(
  name: string,
  { hasDockerignore, hasInfra }: Present = { hasDockerignore: false, hasInfra: false },
): PlannedFile[] {
  const program = hasInfra ? ['infra/index.ts', 'infra/package.json'] : ['infra'];
  const pulumi = `name: ${JSON.stringify(name)}
runtime:
  name: nodejs
  options:
    typescript: false # Node runs TypeScript by itself
main: infra/index.ts
`;
  return [
    { path: 'Pulumi.yaml', content: pulumi },
    { path: 'infra/index.ts', content: programText },
    { path: 'infra/package.json', content: '{ "type": "module" }\n' },
    { path: '.gitignore', content: gitignored },
    hasDockerignore
      ? { path: '.dockerignore', content: [neverInImages] }
      : { path: '.dockerignore', content: `${[...dockerignored, ...program].join('\n')}\n` },
  ];
}
