import { expect, test } from 'vitest';
import { dockerfile } from '../../../../../../infra/operator/init/files/dockerfile/dockerfile.ts';
import { languagesIn } from '../../../../../../infra/operator/init/repository/language.ts';
import { Application } from '../../support/application.ts';

/** Languages of a repository, the last lines of its Dockerfile and what it installs. */
function offered(files: Readonly<Record<string, string>>) {
  using application = new Application(files);
  const { folder } = application;
  const found = languagesIn(folder);
  const [language = 'node'] = found;
  const text = dockerfile(language, { folder, port: '8080', packageManager: 'npm' });
  const lines = text.trimEnd().split('\n');
  return { found, text, command: lines.at(-1), exposed: lines.at(-2) };
}

const perchAlone = '{ "devDependencies": { "perch": "1" } }';

test('package.json that is there for Perch alone makes no application of Node', () => {
  expect(offered({ 'package.json': perchAlone, 'go.mod': '' }).found).toEqual(['go']);
  expect(offered({ 'package.json': perchAlone, Gemfile: '' }).found).toEqual(['ruby']);
  expect(offered({ 'package.json': perchAlone, 'pyproject.toml': '' }).found).toEqual(['python']);
  expect(offered({ 'package.json': perchAlone }).found).toEqual(['node']);
  const both = { 'package.json': '{ "main": "x.js" }', 'requirements.txt': '' };
  expect(offered(both).found).toEqual(['python', 'node']);
});

test.each([
  [
    'its script start, without npm in between',
    '{ "scripts": { "start": "node --enable-source-maps src/main.js" } }',
    '["node", "--enable-source-maps", "src/main.js"]',
  ],
  [
    'npm, if the script does more',
    '{ "scripts": { "start": "next start && true" } }',
    '["npm", "start"]',
  ],
  ['its main file', '{ "main": "lib/main.js" }', '["node", "lib/main.js"]'],
  ['the usual file that is there', '{ "dependencies": { "hono": "4" } }', '["node", "index.js"]'],
])('an application for Node is started by %s', (_case, manifest, command) => {
  const made = offered({ 'package.json': manifest, 'index.js': '' });
  expect(made).toMatchObject({ command: `CMD ${command}`, exposed: 'EXPOSE 8080' });
});

test('an application for Node with a script build is built with all packages, and runs without', () => {
  const { text } = offered({
    'package.json': '{ "scripts": { "build": "tsc", "start": "node ." } }',
  });
  expect(text).toMatch(/AS build[^]*RUN npm ci\n[^]*npm run build[^]*npm ci --omit=dev\n\nFROM/);
});

test.each([
  [
    'gunicorn',
    { 'requirements.txt': 'flask\ngunicorn==23\n', 'app.py': '' },
    '["gunicorn", "--bind", "0.0.0.0:8080", "app:app"]',
  ],
  [
    "gunicorn with Django's module",
    { 'requirements.txt': 'django\ngunicorn\n', 'manage.py': '', 'shop/wsgi.py': '' },
    '["gunicorn", "--bind", "0.0.0.0:8080", "shop.wsgi"]',
  ],
  [
    'uvicorn',
    { 'pyproject.toml': 'dependencies = ["fastapi[standard]"]', 'main.py': '' },
    '["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8080"]',
  ],
  ['python', { 'requirements.txt': '', 'server.py': '' }, '["python", "server.py"]'],
])('an application for Python is started by %s', (_case, files, command) => {
  expect(offered(files)).toMatchObject({ command: `CMD ${command}`, exposed: 'EXPOSE 8080' });
});

test.each([
  [
    'Rails',
    { Gemfile: '', 'config/application.rb': '' },
    '["bin/rails", "server", "--binding", "0.0.0.0", "--port", "8080"]',
  ],
  [
    'Rack',
    { Gemfile: '', 'config.ru': '' },
    '["bundle", "exec", "rackup", "--host", "0.0.0.0", "--port", "8080"]',
  ],
  ['neither', { Gemfile: '' }, '["bundle", "exec", "ruby", "app.rb"]'],
])('an application for Ruby with %s is started by its command', (_case, files, command) => {
  expect(offered(files)).toMatchObject({ command: `CMD ${command}`, exposed: 'EXPOSE 8080' });
});

test('an application for Go is built from its main package, by the version of go.mod, into an image from scratch', () => {
  const { text } = offered({ 'go.mod': 'module shop\n\ngo 1.24.3\n', 'cmd/shop/main.go': '' });
  expect(text).toMatch(/^FROM golang:1\.24 AS build[^]*-o \/app \.\/cmd\/shop\n\nFROM scratch\n/);
});

test('the main package of Go is the only folder in cmd, whatever else is there', () => {
  const files = { 'go.mod': 'module shop\n', 'cmd/shop/main.go': '', 'cmd/README.md': '' };
  expect(offered(files).text).toContain(' -o /app ./cmd/shop\n');
  expect(offered({ 'go.mod': 'module shop\n', cmd: 'a program' }).text).toContain(' -o /app .\n');
});

test('folders with the names of files that tell the language are passed over', () => {
  const files = { 'package.json/x': '', 'requirements.txt/x': '', 'go.mod': '' };
  expect(offered(files).found[0]).toBe('go');
  expect(offered({ 'package.json/x': '' }).command).toBe('CMD ["node", "server.js"]');
});
