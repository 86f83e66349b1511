/** Files of the Pulumi project in an application's repository. Pure. */
import type { PlannedFile } from './planned-file.ts';

/** The program. Everything about the release is in the stacks' files. */
const program = `import * as perch from 'perch';

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
  'infra',
  'Pulumi*.yaml',
  'Dockerfile',
  '.dockerignore',
];

/**
 * @param name of the project: the service.
 * @param hasDockerignore true if the repository has a .dockerignore, which then only gets what it must have.
 */
export function projectFiles(name: string, hasDockerignore: boolean): PlannedFile[] {
  const pulumi = `name: ${JSON.stringify(name)}
runtime:
  name: nodejs
  options:
    typescript: false # Node runs TypeScript by itself
main: infra/index.ts
`;
  return [
    { path: 'Pulumi.yaml', content: pulumi },
    { path: 'infra/index.ts', content: program },
    { path: 'infra/package.json', content: '{ "type": "module" }\n' },
    { path: '.gitignore', content: gitignored },
    hasDockerignore
      ? { path: '.dockerignore', content: [neverInImages] }
      : { path: '.dockerignore', content: `${dockerignored.join('\n')}\n` },
  ];
}
