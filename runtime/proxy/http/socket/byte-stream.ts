/** Connection that carries bytes both ways. What is written to it while it closes is dropped. */
export interface ByteStream {
  /** Bytes that wait to be sent. */
  readonly unsentLength: number;
  /** True if bytes are encrypted, and so copied, when they are written. */
  readonly isSecure: boolean;
  writeText(latin1: string): void;
  /** @param done called once the bytes are no longer used. */
  writeBuffer(bytes: Buffer, done: () => void): void;
  /**
   * Sends a text, bytes and another text, in one call if possible. Bytes that wait to be sent are
   * used until then.
   */
  writeParts(before: string, bytes: Buffer, after: string): void;
  pause(): void;
  resume(): void;
  /** Sends what is waiting, then ends this side. The connection closes once both sides have ended. */
  end(): void;
  /** Sends what is waiting, then closes without waiting for the other side. */
  endAndClose(): void;
  destroy(): void;
  /** Closes so that the other side cannot take it for an orderly end. */
  reset(): void;
}

/** Owner of a {@link ByteStream}, which handles its events. */
export interface ByteStreamOwner {
  /**
   * Bytes stand in the buffer that is read into, at first the one that all connections share.
   * @returns the buffer for the next ones; undefined: the same.
   */
  received(length: number): Buffer | undefined;
  /** The other side sends nothing more. */
  ended(): void;
  /** Nothing waits to be sent any more. */
  drained(): void;
  /** The connection is closed. Called once, and nothing after it. @param error that closed it. */
  closed(error: NodeJS.ErrnoException | undefined): void;
}
