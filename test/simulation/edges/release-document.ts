import {
  parseReleaseDocument as parse,
  type ReleaseDocument,
} from '../../../runtime/core/release/release-document.ts';
import { Memory } from '../platform/memory.ts';

export * from '../../../runtime/core/release/release-document.ts';

const documents = new Memory<ReleaseDocument>();

/** Parses like production, but each document once: all processes of a run read the same ones. */
export function parseReleaseDocument(json: string): ReleaseDocument {
  return documents.get(json) ?? documents.add(json, parse(json));
}
