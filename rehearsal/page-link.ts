/** Link in the header of a page, named for people. */
export interface PageLink {
  readonly name: string;
  readonly url: string;
}

/** Options that give a process of Perch these links. */
export function linkOptions(links: readonly PageLink[]): string[] {
  return links.flatMap(({ name, url }) => ['--link', `${name}=${url}`]);
}
