import type { Forge } from './forge.ts';

/** Writes the one comment with a marker: changes it, or adds it if there is none. */
export async function postComment(forge: Forge, marker: string, body: string): Promise<void> {
  const comments = await forge.ownComments();
  const earlier = comments.find((comment) => comment.body.startsWith(marker));
  if (earlier === undefined) await forge.addComment(`${marker}\n${body}`);
  else await forge.changeComment(earlier.id, `${marker}\n${body}`);
}

/**
 * Keeps one issue with a marker open while there is something to say, and none otherwise.
 * @param issue undefined: there is nothing to say.
 * @param gone last comment on an issue that is closed.
 */
export async function settleIssue(
  forge: Forge,
  marker: string,
  issue: { readonly title: string; readonly body: string } | undefined,
  gone: string,
): Promise<void> {
  const open = await forge.ownOpenIssues();
  const earlier = open.filter(({ body }) => body.startsWith(marker));
  const [kept] = issue === undefined ? [] : earlier;
  if (issue !== undefined) {
    const body = `${marker}\n${issue.body}`;
    if (kept === undefined) await forge.openIssue(issue.title, body);
    else await forge.changeIssue(kept.id, body);
  }
  // Two jobs at the same time could have opened one each.
  for (const { id } of earlier.filter((one) => one !== kept)) await forge.closeIssue(id, gone);
}
