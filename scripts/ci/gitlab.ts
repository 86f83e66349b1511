import { Api, row, text, type ApiOptions } from './api.ts';
import { required, type Environment, type Forge } from './forge.ts';

/**
 * GitLab, for a job of GitLab CI. Its own token may not write, so `GITLAB_TOKEN` must be a project
 * access token of the role Reporter with the scope `api`.
 * @param wait as in {@link ApiOptions}.
 * @throws Error if a variable is missing.
 */
export function gitlab(environment: Environment, wait?: ApiOptions['wait']): Forge {
  const value = (name: string) => required(environment, name);
  const api = new Api({
    name: 'GitLab',
    base: value('CI_API_V4_URL'),
    headers: { 'private-token': value('GITLAB_TOKEN') },
    ...(wait && { wait }),
  });
  const project = `/projects/${value('CI_PROJECT_ID')}`;
  const notes = () => `${project}/merge_requests/${value('CI_MERGE_REQUEST_IID')}/notes`;
  const ownId = async () => (await api.send('GET', '/user'))['id'];

  return {
    jobUrl: value('CI_JOB_URL'),
    async ownComments() {
      const id = await ownId();
      const rows = await api.list(notes(), { sort: 'asc', order_by: 'created_at' });
      return rows
        .filter(({ author }) => row(author)['id'] === id)
        .map((note) => ({ id: String(note['id']), body: text(note['body']) }));
    },
    async addComment(body) {
      await api.send('POST', notes(), { body });
    },
    async changeComment(id, body) {
      await api.send('PUT', `${notes()}/${id}`, { body });
    },
    async ownOpenIssues() {
      const issues = await api.list(`${project}/issues`, {
        state: 'opened',
        scope: 'all',
        author_id: String(await ownId()),
        order_by: 'created_at',
        sort: 'asc',
      });
      return issues.map((issue) => ({
        id: String(issue['iid']),
        body: text(issue['description']),
      }));
    },
    async openIssue(title, description) {
      await api.send('POST', `${project}/issues`, { title, description });
    },
    async changeIssue(id, description) {
      await api.send('PUT', `${project}/issues/${id}`, { description });
    },
    async closeIssue(id, comment) {
      await api.send('POST', `${project}/issues/${id}/notes`, { body: comment });
      await api.send('PUT', `${project}/issues/${id}`, { state_event: 'close' });
    },
  };
}
