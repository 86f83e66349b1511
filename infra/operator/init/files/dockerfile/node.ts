import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeManifest } from '../../repository/language.ts';
import { packageManagerCommands } from '../../repository/package-manager.ts';
import { execForm } from './command.ts';
import type { DockerfileArgs } from './dockerfile-args.ts';

/** Files that start an application whose package.json does not say how. */
const usualFiles = ['server.js', 'index.js', 'app.js', 'server.ts', 'index.ts', 'app.ts'];

/** Dockerfile for Node. With a script `build`, it builds with all packages and keeps those of the application. */
export function nodeDockerfile({ folder, port, packageManager }: DockerfileArgs): string {
  const { scripts } = nodeManifest(folder);
  const { lockfile, install, installForRuntime } = packageManagerCommands[packageManager];
  const command = execForm(startWords(folder));
  const copyPackages = `COPY package.json ${lockfile} ./`;
  const end = `USER node
EXPOSE ${port}
CMD ${command}
`;
  if (scripts['build'] === undefined) {
    return `FROM node:24-slim
ENV NODE_ENV=production PORT=${port}
WORKDIR /app
${copyPackages}
RUN ${installForRuntime}
COPY . .
${end}`;
  }
  return `FROM node:24-slim AS build
WORKDIR /app
${copyPackages}
RUN ${install}
COPY . .
RUN ${packageManager} run build && rm -rf node_modules && ${installForRuntime}

FROM node:24-slim
ENV NODE_ENV=production PORT=${port}
WORKDIR /app
COPY --from=build /app ./
${end}`;
}

/** Command of the script `start` if it only starts a program; npm itself passes no signal on. */
function startWords(folder: string): readonly string[] {
  const { scripts, main } = nodeManifest(folder);
  const start = scripts['start'];
  if (start !== undefined) {
    return /^node( [\w./=-]+)+$/.test(start) ? start.split(' ') : ['npm', 'start'];
  }
  const file = main ?? usualFiles.find((name) => existsSync(join(folder, name)));
  return ['node', file ?? 'server.js'];
}
