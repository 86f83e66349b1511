/** Dockerfiles that `perch init` offers. */
import type { Language } from '../../repository/language.ts';
import type { DockerfileArgs } from './dockerfile-args.ts';
import { goDockerfile } from './go.ts';
import { nodeDockerfile } from './node.ts';
import { pythonDockerfile } from './python.ts';
import { rubyDockerfile } from './ruby.ts';

const dockerfiles: Readonly<Record<Language, (args: DockerfileArgs) => string>> = {
  go: goDockerfile,
  node: nodeDockerfile,
  python: pythonDockerfile,
  ruby: rubyDockerfile,
};

/** Text of a Dockerfile for an application in a language. */
export function dockerfile(language: Language, args: DockerfileArgs): string {
  return dockerfiles[language](args);
}
