/** Projects, which group what an account holds. */
import { randomUUID } from 'node:crypto';
import { ApiError, listOf, unprocessable, type Account, type Json } from './account.ts';
import type { Routes } from './routes.ts';

const defaultProject = { id: 'default', name: 'first-project', is_default: true, resources: [] };

const shown = ({ resources: _resources, ...project }: Json) => ({ project });

function projectOf(account: Account, id: string): Json {
  return id === defaultProject.id ? defaultProject : account.of('project').get(id);
}

export const projectRoutes: Routes = {
  'POST /v2/projects': ({ account, body }) => {
    const { name, purpose, description, environment } = body;
    const isTaken = account.of('project').all.some((project) => project['name'] === name);
    if (isTaken) throw new ApiError(409, 'conflict', 'name is already in use');
    if (typeof purpose !== 'string' || purpose === '') throw unprocessable('purpose is required');
    const id = randomUUID();
    const project = {
      id,
      name,
      purpose,
      description,
      environment,
      is_default: false,
      resources: [],
    };
    return shown(account.of('project').put(id, project));
  },
  'GET /v2/projects/:id': ({ account, path }) => shown(projectOf(account, path['id'] ?? '')),
  'PATCH /v2/projects/:id': ({ account, path, body }) => {
    const id = path['id'] ?? '';
    return shown(account.of('project').put(id, { ...account.of('project').get(id), ...body }));
  },
  'DELETE /v2/projects/:id': ({ account, path }) => {
    const id = path['id'] ?? '';
    if (listOf(account.of('project').get(id)['resources']).length > 0) {
      throw new ApiError(412, 'precondition_failed', 'cannot delete a project with resources');
    }
    account.of('project').delete(id);
    return undefined;
  },
  'GET /v2/projects/:id/resources': ({ account, path }) => ({
    resources: listOf(projectOf(account, path['id'] ?? '')['resources']).map((urn) => ({ urn })),
    links: {},
    meta: { total: 0 },
  }),
  'POST /v2/projects/:id/resources': ({ account, path, body }) => {
    const named = listOf(body['resources']).map(String);
    const isThere = (urn: string) =>
      !urn.startsWith('do:droplet:') || account.of('droplet').has(urn.split(':')[2] ?? '');
    const moved = named.filter(isThere);
    for (const project of account.of('project').all) {
      const stay = listOf(project['resources']).filter((urn) => !moved.includes(String(urn)));
      const added = project['id'] === path['id'] ? moved : [];
      account
        .of('project')
        .put(String(project['id']), { ...project, resources: [...stay, ...added] });
    }
    // What is gone fails no call (API reference, Assign Resources to a Project).
    return {
      resources: named.map((urn) => ({ urn, status: isThere(urn) ? 'ok' : 'not_found' })),
    };
  },
};
