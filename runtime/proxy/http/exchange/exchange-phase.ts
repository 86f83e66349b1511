/**
 * Phase of an exchange:
 * - `idle`: there is no request.
 * - `connecting`: a connection to an upstream is being made; nothing was written.
 * - `awaiting`: the request is being sent, or was; no final response head has come.
 * - `relaying`: the final response head has come, its body follows.
 */
export type ExchangePhase = 'idle' | 'connecting' | 'awaiting' | 'relaying';
