import { Api, row, text, type ApiOptions, type Row } from './api.ts';
import { required, type Environment, type Forge, type Post } from './forge.ts';

/** User of a job's own token. A comment of another user with our marker is not ours. */
const jobUser = 'github-actions[bot]';

/**
 * GitHub, for a job of GitHub Actions.
 * @param wait as in {@link ApiOptions}.
 * @throws Error if a variable is missing.
 */
export function github(environment: Environment, wait?: ApiOptions['wait']): Forge {
  const value = (name: string) => required(environment, name);
  const repository = value('GITHUB_REPOSITORY');
  const api = new Api({
    name: 'GitHub',
    base: `${value('GITHUB_API_URL')}/repos/${repository}`,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${value('GITHUB_TOKEN')}`,
      'x-github-api-version': '2022-11-28',
    },
    ...(wait && { wait }),
  });
  const jobUrl = `${value('GITHUB_SERVER_URL')}/${repository}/actions/runs/${value('GITHUB_RUN_ID')}`;

  return {
    jobUrl,
    async ownComments() {
      const comments = await api.list(`/issues/${pullRequest(environment)}/comments`);
      return own(comments, 'id');
    },
    async addComment(body) {
      await api.send('POST', `/issues/${pullRequest(environment)}/comments`, { body });
    },
    async changeComment(id, body) {
      await api.send('PATCH', `/issues/comments/${id}`, { body });
    },
    async ownOpenIssues() {
      const query = { state: 'open', sort: 'created', direction: 'asc' };
      const issues = await api.list('/issues', query);
      // GitHub counts pull requests as issues.
      return own(
        issues.filter((issue) => issue['pull_request'] === undefined),
        'number',
      );
    },
    async openIssue(title, body) {
      await api.send('POST', '/issues', { title, body });
    },
    async changeIssue(id, body) {
      await api.send('PATCH', `/issues/${id}`, { body });
    },
    async closeIssue(id, comment) {
      await api.send('POST', `/issues/${id}/comments`, { body: comment });
      await api.send('PATCH', `/issues/${id}`, { state: 'closed', state_reason: 'completed' });
    },
  };
}

/** Number of the pull request that the job is about. */
function pullRequest(environment: Environment): string {
  const ref = required(environment, 'GITHUB_REF');
  const number = /^refs\/pull\/(\d+)\//.exec(ref)?.[1];
  if (number === undefined) throw new Error(`GITHUB_REF must be a pull request's, got ${ref}`);
  return number;
}

function own(rows: readonly Row[], key: 'id' | 'number'): Post[] {
  return rows
    .filter(({ user }) => row(user)['login'] === jobUser)
    .map((post) => ({ id: String(post[key]), body: text(post['body']) }));
}
