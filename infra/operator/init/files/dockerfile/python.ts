import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { textIn } from '../../repository/language.ts';
import { execForm } from './command.ts';
import type { DockerfileArgs } from './dockerfile-args.ts';

/** Files that usually hold the application. */
const usualFiles = ['app.py', 'main.py', 'server.py', 'wsgi.py', 'asgi.py'];

/** Dockerfile for Python: with gunicorn or uvicorn if the requirements name one. */
export function pythonDockerfile({ folder, port }: DockerfileArgs): string {
  const hasRequirements = existsSync(join(folder, 'requirements.txt'));
  const install = hasRequirements
    ? `COPY requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt
COPY . .`
    : `COPY . .
RUN pip install --no-cache-dir .`;
  return `FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PORT=${port}
WORKDIR /app
${install}
USER 65534:65534
EXPOSE ${port}
CMD ${execForm(startWords(folder, port))}
`;
}

function startWords(folder: string, port: string): readonly string[] {
  const file = usualFiles.find((name) => existsSync(join(folder, name))) ?? 'main.py';
  const module = file.replace(/\.py$/, '');
  const needed = `${textIn(folder, 'requirements.txt') ?? ''}\n${textIn(folder, 'pyproject.toml') ?? ''}`;
  if (/\bgunicorn\b/i.test(needed)) {
    return ['gunicorn', '--bind', `0.0.0.0:${port}`, wsgiModule(folder) ?? `${module}:app`];
  }
  if (/\b(uvicorn|fastapi)\b/i.test(needed)) {
    return ['uvicorn', `${module}:app`, '--host', '0.0.0.0', '--port', port];
  }
  return ['python', file];
}

/** Module of a Django project; undefined if there is none. */
function wsgiModule(folder: string): string | undefined {
  if (!existsSync(join(folder, 'manage.py'))) return undefined;
  const project = readdirSync(folder).find((name) => existsSync(join(folder, name, 'wsgi.py')));
  return project && `${project}.wsgi`;
}
