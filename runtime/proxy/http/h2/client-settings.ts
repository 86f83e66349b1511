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
  for (let at = start; at < end; at += 6) {
    apply(target, bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2));
  }
}

function apply(target: SettingsTarget, identifier: number, value: number): void {
  switch (identifier) {
    case Setting.headerTableSize:
      target.writer.encoder.allow(value);
      break;
    case Setting.enablePush:
      if (value > 1) throw new ConnectionError(Http2Code.protocolError);
      break;
    case Setting.initialWindowSize:
      setInitialWindow(target, value);
      break;
    case Setting.maxFrameSize:
      if (value < leastMaxFrameBytes || value > greatestMaxFrameBytes) {
        throw new ConnectionError(Http2Code.protocolError);
      }
      break;
    default:
    // Others are ignored, as they must be.
  }
}

/** Changes the windows of all streams, those that are open too (RFC 9113 section 6.9.2). */
function setInitialWindow({ writer, streams }: SettingsTarget, value: number): void {
  if (value > greatestWindow) throw new ConnectionError(Http2Code.flowControlError);
  const change = value - writer.initialWindow;
  writer.initialWindow = value;
  for (const client of streams.all()) {
    if (!client.response.allow(change)) throw new ConnectionError(Http2Code.flowControlError);
  }
}
