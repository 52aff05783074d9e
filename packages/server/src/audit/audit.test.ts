import { afterEach, beforeEach, expect, it } from 'vitest';
import { commandActor, createAudit } from './audit.ts';
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

it('the audit writes nothing when its retention is zero', async () => {
  const audit = createAudit(partsOf(audited, 0), 'serve');
  await audit.start();
  audit.events.emit({ type: 'sign_out', accountId: 'usr_a' });
  expect(await audit.close()).toBe(true);
  expect(await audited.verify()).toMatchObject({ entries: 0 });
});

it('the audit chain of a server begins at its start, and that of a command with its action', async () => {
  const server = createAudit(partsOf(audited, 400), 'serve');
  await server.start();
  const command = createAudit(partsOf(audited, 400), 'command', commandActor());
  expect(await command.close()).toBe(true);
  expect(await server.close()).toBe(true);
  const { items } = await audited.store.audit.list();
  expect(items.map(({ type }) => type)).toEqual(['chain.closed', 'chain.started']);
  expect(JSON.parse(items[1]?.body ?? '')).toMatchObject({
    process: 'serve',
    pid: process.pid,
    links: [],
  });
});
