/** Reason why setup stopped, for who runs it: one message without a stack. */
export class SetupError extends Error {}
