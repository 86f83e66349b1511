import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { textIn } from '../../repository/language.ts';
import type { DockerfileArgs } from './dockerfile-args.ts';

/** Dockerfile for Go: a static program alone in its image, but for what asks its health path. */
export function goDockerfile({ folder, port }: DockerfileArgs): string {
  const version = /^go (\d+\.\d+)/m.exec(textIn(folder, 'go.mod') ?? '')?.[1] ?? '1';
  return `FROM golang:${version} AS build
WORKDIR /src
COPY go.mod go.su[m] ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /app ${mainPackage(folder)}

FROM scratch
# Docker asks the health path by a shell and wget.
COPY --from=busybox:1.37-musl /bin/sh /bin/wget /bin/
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /app /app
ENV PATH=/bin PORT=${port}
USER 65534:65534
EXPOSE ${port}
CMD ["/app"]
`;
}

/** The main package: in the root, or the only folder in cmd. */
function mainPackage(folder: string): string {
  const commands = join(folder, 'cmd');
  const hasCommands = statSync(commands, { throwIfNoEntry: false })?.isDirectory() === true;
  if (existsSync(join(folder, 'main.go')) || !hasCommands) return '.';
  const entries = readdirSync(commands, { withFileTypes: true });
  const [only, ...others] = entries.filter((entry) => entry.isDirectory());
  return only === undefined || others.length > 0 ? '.' : `./cmd/${only.name}`;
}
