import type { FrameWriter } from './frame-writer.ts';
import {
  ConnectionError,
  greatestMaxFrameBytes,
  greatestWindow,
  Http2Code,
  leastMaxFrameBytes,
  Setting,
} from './frames.ts';
import type { StreamTable } from './stream-table.ts';

/** Parts of a connection that its client's settings are about. */
export interface SettingsTarget {
  readonly writer: FrameWriter;
  readonly streams: StreamTable;
}

/**
 * Applies the settings in [start, end) in their order (RFC 9113 section 6.5.2).
 * @throws ConnectionError for a value that is not allowed.
 */
export function applySettings(
  target: SettingsTarget,
  bytes: Buffer,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  let initialWindow: number | undefined;
  for (let at = start; at < end; at += 6) {
    const identifier = bytes.readUInt16BE(at);
    const value = bytes.readUInt32BE(at + 2);
    check(identifier, value);
    if (identifier === Setting.headerTableSize) target.writer.encoder.allow(value);
    else if (identifier === Setting.initialWindowSize) initialWindow = value;
  }
  // The last one counts, and changing it concerns every stream.
  if (initialWindow !== undefined) setInitialWindow(target, initialWindow);
}

function check(identifier: number, value: number): void {
  const isTooLarge = identifier === Setting.initialWindowSize && value > greatestWindow;
  if (isTooLarge) throw new ConnectionError(Http2Code.flowControlError);
  const isWrong =
    (identifier === Setting.enablePush && value > 1) ||
    (identifier === Setting.maxFrameSize &&
      (value < leastMaxFrameBytes || value > greatestMaxFrameBytes));
  if (isWrong) throw new ConnectionError(Http2Code.protocolError);
}

/** Changes the windows of all streams, those that are open too (RFC 9113 section 6.9.2). */
function setInitialWindow({ writer, streams }: SettingsTarget, value: number): void {
  const change = value - writer.initialWindow;
  writer.initialWindow = value;
  for (const client of streams.all()) {
    if (!client.response.allow(change)) throw new ConnectionError(Http2Code.flowControlError);
  }
}
