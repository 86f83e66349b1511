import { expect, test } from 'vitest';
import { withoutRelease } from '../../../infra/replacement/kept-backup.ts';
import { backupText, parseBackup, type Backup } from '../../../runtime/store/backup/backup-file.ts';
import { releaseDocument } from '../../support/release-document.ts';

const backup: Backup = {
  service: 'shop',
  at: 1_700_000_000_000,
  strings: {
    release: JSON.stringify(releaseDocument()),
    cookieKey: undefined,
    epoch: '7',
    maintenance: undefined,
  },
  hashes: { flags: {}, incidents: {}, acknowledgements: {}, app: { visits: '3' } },
  events: [{ id: '1-0', fields: ['type', 'created'] }],
  releases: [{ id: '2-0', fields: ['entry', '{}'] }],
  pastIncidents: [],
  hookRuns: [{ run: 'beforeRelease a', at: 1_700_000_000_000 }],
};

test('a backup without its release document is whole, and has all the rest', () => {
  const { strings, ...rest } = parseBackup(withoutRelease(backupText(backup)), 'shop');
  expect(strings).toEqual({ ...backup.strings, release: undefined });
  expect({ ...rest, strings }).toEqual({ ...backup, strings });
});

test('a backup that has no release document stays as it is', () => {
  const text = backupText({ ...backup, strings: { ...backup.strings, release: undefined } });
  expect(withoutRelease(text)).toBe(text);
});
