import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commandActor, createAudit } from './audit.ts';
import { auditedTypes } from './catalogue.ts';
import { type Audited, openAudited } from './testing-parts/audited.ts';

let audited: Audited;
beforeEach(async () => {
  audited = await openAudited();
});
afterEach(() => audited.close());

const partsOf = ({ store, vault }: Audited, retentionDays: number) => ({
  store,
  vault,
  retentionDays,
  onFault: () => undefined,
});

it('writes nothing when events are kept for no time', async () => {
  const audit = createAudit(partsOf(audited, 0), 'serve');
  await audit.start();
  audit.events.emit({ type: 'sign_out', accountId: 'usr_a' });
  expect(await audit.close()).toBe(true);
  expect(await audited.verify()).toMatchObject({ entries: 0 });
});

it('begins the chain of a server at its start, and that of a command with what it does', async () => {
  const server = createAudit(partsOf(audited, 400), 'serve');
  await server.start();
  const command = createAudit(partsOf(audited, 400), 'command', commandActor());
  expect(await command.close()).toBe(true);
  expect(await server.close()).toBe(true);
  const { items } = await audited.store.audit.list();
  expect(items.map(({ type }) => type)).toEqual(['chain.closed', 'chain.started']);
  expect(JSON.parse(items[1]?.body ?? '')).toMatchObject({ process: 'serve', pid: process.pid, links: [] });
});

it('has a page on which every event stands with its fields', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/guides/audit.md'), 'utf8');
  const rows = Object.entries(auditedTypes).map(([type, { title, fields }]) => {
    const named = fields.map((field) => `\`${field}\``).join(', ');
    return `| \`${type}\` | ${title} | ${named} |`;
  });
  const table = page.slice(page.indexOf('| event |')).split('\n\n')[0]?.split('\n').slice(2);
  expect(table).toEqual(rows);
});
