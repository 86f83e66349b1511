/** Reasons why a word still stands in several files. */
export const storedNames = 'stored by release 0.1 and read by every version since';
export const publicJson = 'a field of JSON that perch prints, unchanged since release 0.1';
export const publicOption = 'an option of release 0.1 that still works';
export const oldOutput = 'the output of a stack that release 0.1 updated last';
