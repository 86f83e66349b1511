/** Result of an attempt as it is counted. `abandoned`: the client gave it up. */
export type AttemptResult = 'served' | 'failed' | 'rejected' | 'abandoned';
