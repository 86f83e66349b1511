export type Environment = Readonly<Record<string, string | undefined>>;

/** A comment or an issue that this job's user wrote. */
export interface Post {
  readonly id: string;
  readonly body: string;
}

/** The service that runs the job and has the project's pull requests and issues. */
export interface Forge {
  /** URL of the job, for people. */
  readonly jobUrl: string;
  /** Comments on the job's pull request that this job's user wrote, oldest first. */
  ownComments(): Promise<readonly Post[]>;
  addComment(body: string): Promise<void>;
  changeComment(id: string, body: string): Promise<void>;
  /** Open issues that this job's user opened, oldest first. */
  ownOpenIssues(): Promise<readonly Post[]>;
  openIssue(title: string, body: string): Promise<void>;
  changeIssue(id: string, body: string): Promise<void>;
  /** @param comment last comment on the issue. */
  closeIssue(id: string, comment: string): Promise<void>;
}

/** Returns a variable that must be set. */
export function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`${name} must be set`);
  return value;
}
