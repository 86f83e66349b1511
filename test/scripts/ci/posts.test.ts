import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { github } from '../../../scripts/ci/github.ts';
import { gitlab } from '../../../scripts/ci/gitlab.ts';
import { postComment, settleIssue } from '../../../scripts/ci/posts.ts';
import { Service } from './service.ts';

const marker = '<!-- perch preview prod -->';
const ours = { login: 'github-actions[bot]' };
const other = { login: 'mallory' };
const comments = '/repos/shop/shop/issues/7/comments';
const issues = '/repos/shop/shop/issues';

let service: Service;
let waits: number[];
beforeEach(async () => {
  service = await Service.start();
  waits = [];
});
afterEach(() => service[Symbol.asyncDispose]());

const wait = async (ms: number) => void waits.push(ms);

const onGitHub = () =>
  github(
    {
      GITHUB_API_URL: service.url,
      GITHUB_SERVER_URL: 'https://github.internal',
      GITHUB_REPOSITORY: 'shop/shop',
      GITHUB_RUN_ID: '17',
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_TOKEN: 'a-token',
    },
    wait,
  );

const onGitLab = () =>
  gitlab(
    {
      CI_API_V4_URL: service.url,
      CI_PROJECT_ID: '5',
      CI_MERGE_REQUEST_IID: '7',
      CI_JOB_URL: 'https://gitlab.internal/shop/-/jobs/17',
      GITLAB_TOKEN: 'a-token',
    },
    wait,
  );

describe('On GitHub', () => {
  test('a pull request without our comment gets one, with the job token', async () => {
    const forged = { id: 3, user: other, body: `${marker}\nforged` };
    service.list(comments, [forged, { id: 4, user: ours, body: 'something else' }]);
    await postComment(onGitHub(), marker, 'new');
    expect(service.changes).toEqual([`POST ${comments}`]);
    const { headers, body } = service.received.at(-1) ?? {};
    expect(headers?.authorization).toBe('Bearer a-token');
    expect(body).toEqual({ body: `${marker}\nnew` });
  });

  test('our comment is found on a later page and changed, so there is one', async () => {
    const talk = Array.from({ length: 230 }, (_, id) => ({ id, user: other, body: 'talk' }));
    service.list(comments, [...talk, { id: 900, user: ours, body: `${marker}\nold` }]);
    await postComment(onGitHub(), marker, 'new');
    expect(service.changes).toEqual([`PATCH ${issues}/comments/900`]);
    expect(service.received.map(({ query }) => query.get('page'))).toEqual(['1', '2', '3', null]);
  });

  test('a read or a change is repeated while GitHub is overloaded, as late as it asks', async () => {
    service.list(comments, [{ id: 900, user: ours, body: marker }]);
    service.failNext({ status: 502 }, { status: 429, headers: { 'retry-after': '7' } });
    await postComment(onGitHub(), marker, 'new');
    expect(service.changes).toEqual([`PATCH ${issues}/comments/900`]);
    expect(waits).toEqual([2_000, 7_000]);
  });

  test('a comment that may have been added is not added again', async () => {
    service.list(comments, []);
    service.failNext({ body: [] }, { status: 502 });
    await expect(postComment(onGitHub(), marker, 'new')).rejects.toThrow('GitHub answers 502');
    expect(service.changes).toEqual([`POST ${comments}`]);
  });

  test('a refusal names the request and the reason, and not the token', async () => {
    const message = 'Resource not accessible by integration';
    service.failNext({ status: 403, body: { message } });
    const failed = postComment(onGitHub(), marker, 'new');
    await expect(failed).rejects.toThrow(`GitHub answers 403 (${message}) for GET ${service.url}`);
    await expect(failed).rejects.not.toThrow('a-token');
  });

  test('drift opens one issue, changes it while it lasts, and closes it once it is gone', async () => {
    const drift = { title: 'Stack prod has drifted', body: 'what differs' };
    service.list(issues, [
      { number: 1, user: ours, body: marker, pull_request: {} },
      { number: 2, user: other, body: marker },
    ]);
    await settleIssue(onGitHub(), marker, drift, 'gone');
    service.list(issues, [{ number: 9, user: ours, body: `${marker}\nold` }]);
    await settleIssue(onGitHub(), marker, drift, 'gone');
    await settleIssue(onGitHub(), marker, undefined, 'gone');
    service.list(issues, []);
    await settleIssue(onGitHub(), marker, undefined, 'gone');
    expect(service.changes).toEqual([
      `POST ${issues}`,
      `PATCH ${issues}/9`,
      `POST ${issues}/9/comments`,
      `PATCH ${issues}/9`,
    ]);
    const sent = service.received.filter(({ method }) => method !== 'GET').map(({ body }) => body);
    expect(sent[0]).toEqual({ title: drift.title, body: `${marker}\nwhat differs` });
    expect(sent.at(-1)).toEqual({ state: 'closed', state_reason: 'completed' });
  });

  test('the second of two issues that were opened at the same time is closed', async () => {
    service.list(
      issues,
      [8, 9].map((number) => ({ number, user: ours, body: marker })),
    );
    await settleIssue(onGitHub(), marker, { title: 'drift', body: '' }, 'gone');
    expect(service.changes).toEqual([
      `PATCH ${issues}/8`,
      `POST ${issues}/9/comments`,
      `PATCH ${issues}/9`,
    ]);
  });
});

describe('On GitLab', () => {
  const notes = '/projects/5/merge_requests/7/notes';
  const gitlabIssues = '/projects/5/issues';
  // Requests for the user are answered with id 1.
  const author = { id: 1 };

  test('our note on a merge request is changed, and added if there is none', async () => {
    service.list(notes, [{ id: 3, author: { id: 2 }, body: marker }]);
    await postComment(onGitLab(), marker, 'new');
    service.list(notes, [{ id: 900, author, body: marker }]);
    await postComment(onGitLab(), marker, 'newer');
    expect(service.changes).toEqual([`POST ${notes}`, `PUT ${notes}/900`]);
    expect(service.received.at(-1)?.headers['private-token']).toBe('a-token');
  });

  test('drift opens one issue, changes it while it lasts, and closes it once it is gone', async () => {
    const drift = { title: 'Stack prod has drifted', body: 'what differs' };
    service.list(gitlabIssues, []);
    await settleIssue(onGitLab(), marker, drift, 'gone');
    service.list(gitlabIssues, [{ iid: 9, author, description: marker }]);
    await settleIssue(onGitLab(), marker, drift, 'gone');
    await settleIssue(onGitLab(), marker, undefined, 'gone');
    expect(service.changes).toEqual([
      `POST ${gitlabIssues}`,
      `PUT ${gitlabIssues}/9`,
      `POST ${gitlabIssues}/9/notes`,
      `PUT ${gitlabIssues}/9`,
    ]);
    expect(service.received.at(-1)?.body).toEqual({ state_event: 'close' });
  });
});

test('a job without a pull request or a token says which variable it lacks', async () => {
  const forge = github({
    GITHUB_API_URL: service.url,
    GITHUB_SERVER_URL: 'https://github.internal',
    GITHUB_REPOSITORY: 'shop/shop',
    GITHUB_RUN_ID: '17',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_TOKEN: 'a-token',
  });
  const refused = "GITHUB_REF must be a pull request's, got refs/heads/main";
  await expect(postComment(forge, marker, 'new')).rejects.toThrow(refused);
  expect(() => gitlab({})).toThrow('CI_API_V4_URL must be set');
});
