export interface Exception {
  /** In these files only. */
  readonly files: readonly string[];
  /** Only as these very names or texts. Default: whatever the rule finds. */
  readonly texts?: readonly string[];
  readonly because: string;
}

export interface WordRule {
  /**
   * A string is words of an identifier (`two words` finds `twoWords`, `TwoWords`, `two-words.ts`)
   * and of prose, in any case, the last one also with an s. A pattern is for prose.
   */
  readonly not: readonly (string | RegExp)[];
  readonly in: 'identifiers' | 'prose' | 'both';
  readonly say: string;
  /** Folders where the rule holds. Default: everywhere. */
  readonly below?: readonly string[];
  readonly except?: readonly Exception[];
}
