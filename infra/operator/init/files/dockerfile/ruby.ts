import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execForm } from './command.ts';
import type { DockerfileArgs } from './dockerfile-args.ts';

/** Dockerfile for Ruby: Rails, any Rack application, or a file app.rb. */
export function rubyDockerfile({ folder, port }: DockerfileArgs): string {
  const lockfile = existsSync(join(folder, 'Gemfile.lock')) ? ' Gemfile.lock' : '';
  const isRails = existsSync(join(folder, 'config/application.rb'));
  const environment = isRails
    ? 'RAILS_ENV=production RAILS_LOG_TO_STDOUT=1'
    : 'RACK_ENV=production';
  return `FROM ruby:3.4-slim
# Gems with C code need a compiler; curl asks the health path.
RUN apt-get update \\
  && apt-get install --yes --no-install-recommends build-essential curl git libpq-dev libyaml-dev pkg-config \\
  && rm -rf /var/lib/apt/lists/*
ENV ${environment} BUNDLE_WITHOUT=development:test PORT=${port}
WORKDIR /app
COPY Gemfile${lockfile} ./
RUN bundle install
COPY . .
RUN useradd --no-create-home app && mkdir -p tmp log && chown -R app tmp log
USER app
EXPOSE ${port}
CMD ${execForm(startWords(folder, port))}
`;
}

function startWords(folder: string, port: string): readonly string[] {
  if (existsSync(join(folder, 'config/application.rb'))) {
    return ['bin/rails', 'server', '--binding', '0.0.0.0', '--port', port];
  }
  if (existsSync(join(folder, 'config.ru'))) {
    return ['bundle', 'exec', 'rackup', '--host', '0.0.0.0', '--port', port];
  }
  return ['bundle', 'exec', 'ruby', 'app.rb'];
}
