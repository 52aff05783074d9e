import type { AnyEvent, AuditStore } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Audited, openAudited } from './testing-parts/audited.ts';

let audited: Audited;
beforeEach(async () => {
  audited = await openAudited();
});
afterEach(() => audited.close());

const listed = async (type: string) =>
  (await audited.store.audit.list({ type }, { limit: 1000 })).items.map(
    ({ body }) => JSON.parse(body) as Record<string, unknown>,
  );

/** The store as it is, but for what a test puts in its way. */
function withFault(append: AuditStore['append']): AuditStore {
  return { ...audited.store.audit, append };
}

describe('an audited event', () => {
  it('is in the store soon, without another call', async () => {
    audited.record().record({ type: 'sign_out', accountId: 'usr_a' });
    await vi.waitFor(
      async () => expect(await listed('sign_out')).toEqual([{ accountId: 'usr_a' }]),
      {
        timeout: 10_000,
      },
    );
  });

  it('has the fields that the catalogue names, each within bounds, and no other', async () => {
    const recorder = audited.record({ actor: { by: 'command', osUser: 'ada' } });
    const because = 'x'.repeat(10_000);
    const told = { type: 'api_key.revoked', keyId: 'k', clientId: 'heatlens', because } as const;
    recorder.record({ ...told, api_key: 'kwk_secret' } as AnyEvent);
    recorder.record({ type: 'permissions.fault', message: 'for the log alone' });
    await recorder.flush();
    const [body] = await listed('api_key.revoked');
    const kept = {
      clientId: 'heatlens',
      keyId: 'k',
      because: 'x'.repeat(500),
      by: 'command',
      osUser: 'ada',
    };
    expect(body).toEqual(kept);
    expect(await listed('permissions.fault')).toEqual([]);
  });

  it('of a refusal is kept at an endpoint for services only, with 401 or 403', async () => {
    const recorder = audited.record();
    const refusals = [
      { path: '/admin/permissions', status: 401, reason: 'token_missing' },
      { path: '/auth/introspect', status: 401, reason: 'client_authentication_failed' },
      { path: '/access/v1/search/subject', status: 403, reason: 'scope_insufficient' },
      { path: '/token', status: 401, reason: 'client_authentication_failed' },
      { path: '/token', status: 400, reason: 'code_invalid' },
      { path: '/userinfo', status: 401, reason: 'token_missing' },
      { path: '/admin/permissions', status: 400, reason: 'parameter_malformed' },
      { path: '/admin/made-up', status: 404, reason: 'path_unknown' },
    ] as const;
    for (const refusal of refusals) recorder.record({ type: 'refused', ...refusal });
    await recorder.flush();
    expect(
      (await listed('refused')).map(({ path, status }) => `${String(status)} ${String(path)}`),
    ).toEqual(
      refusals
        .slice(0, 4)
        .map(({ path, status }) => `${status} ${path}`)
        .toReversed(),
    );
  });

  it('keeps its order when the clock is set back', async () => {
    const recorder = await audited.recordSome(2);
    audited.clock.ms -= 3_600_000;
    recorder.record({ type: 'sign_out', accountId: 'usr_3' });
    await recorder.flush();
    expect((await audited.verify()).faults).toEqual([]);
    expect(await listed('sign_out')).toEqual([
      { accountId: 'usr_3', clock: audited.clock.ms },
      { accountId: 'usr_2' },
      { accountId: 'usr_1' },
    ]);
  });
});

describe('in a flood of audited events,', () => {
  it('those that outsiders can cause are kept in part, and counted', async () => {
    const recorder = audited.record();
    for (let n = 0; n < 500; n += 1)
      recorder.record({ type: 'password.wrong', account: `mark-${n}` });
    for (let n = 0; n < 500; n += 1)
      recorder.record({ type: 'sign_in.succeeded', accountId: 'usr_a' });
    recorder.record({ type: 'sign_in.succeeded', accountId: 'usr_b' });
    await recorder.witness();
    expect(await listed('password.wrong')).toHaveLength(100);
    expect(await listed('sign_in.succeeded')).toHaveLength(101);
    expect(await listed('audit.thinned')).toEqual([
      { of: 'sign_in.succeeded', at: 'usr_a', count: 400 },
      { of: 'password.wrong', at: '', count: 400 },
    ]);
    audited.clock.ms += 10_000;
    for (let n = 0; n < 50; n += 1)
      recorder.record({ type: 'password.wrong', account: `mark-${n}` });
    await recorder.flush();
    expect(await listed('password.wrong')).toHaveLength(110);
  });

  it('ten thousand events of operators are all kept', async () => {
    const recorder = audited.record();
    for (let n = 0; n < 10_000; n += 1)
      recorder.record({ type: 'client.disabled', clientId: `client-${n}` });
    expect(await recorder.close(60_000)).toBe(true);
    expect(await audited.verify()).toMatchObject({ entries: 10_002, faults: [] });
  });
});

describe('while the store cannot be reached, the audit recorder', () => {
  it('keeps events, and reports it once to the operator', async () => {
    let isAway = true;
    const append: AuditStore['append'] = (...given) =>
      isAway ? Promise.reject(new Error('away')) : audited.store.audit.append(...given);
    const recorder = audited.record({}, withFault(append));
    recorder.record({ type: 'sign_out', accountId: 'usr_a' });
    expect(await recorder.flush()).toBe(false);
    recorder.record({ type: 'sign_out', accountId: 'usr_b' });
    expect(await recorder.flush()).toBe(false);
    expect(audited.told.map(([what]) => what)).toEqual(['audit.not_written']);
    isAway = false;
    expect(await recorder.flush()).toBe(true);
    expect(await listed('sign_out')).toEqual([{ accountId: 'usr_b' }, { accountId: 'usr_a' }]);
    expect((await audited.verify()).faults).toEqual([]);
  });

  it('keeps no more than the queue holds, and makes an event about the lost ones', async () => {
    let isAway = true;
    const append: AuditStore['append'] = (...given) =>
      isAway ? Promise.reject(new Error('away')) : audited.store.audit.append(...given);
    const recorder = audited.record({ maxWaiting: 10 }, withFault(append));
    for (let n = 0; n < 25; n += 1)
      recorder.record({ type: 'client.disabled', clientId: `client-${n}` });
    expect(await recorder.flush()).toBe(false);
    isAway = false;
    expect(await recorder.flush()).toBe(true);
    expect(await listed('client.disabled')).toHaveLength(10);
    expect(await listed('audit.lost')).toEqual([{ count: 15 }]);
    expect((await audited.verify()).faults).toEqual([]);
  });

  it('writes the end of its chain unchanged when the process ends', async () => {
    let losses = 0;
    const append: AuditStore['append'] = async (entries, head) => {
      const moved = await audited.store.audit.append(entries, head);
      if (head.isClosed && (losses += 1) < 3) throw new Error('the answer was lost');
      return moved;
    };
    const recorder = audited.record({}, withFault(append));
    recorder.record({ type: 'sign_out', accountId: 'usr_a' });
    expect(await recorder.close(60_000)).toBe(false);
    while (!(await recorder.flush()));
    expect(losses).toBe(3);
    expect(await audited.verify()).toMatchObject({ entries: 3, faults: [] });
  });

  it('stops within a time limit', async () => {
    const recorder = audited.record(
      {},
      withFault(() => new Promise(() => undefined)),
    );
    recorder.record({ type: 'sign_out', accountId: 'usr_a' });
    expect(await recorder.close(20)).toBe(false);
    expect(audited.told.at(-1)).toEqual(['audit.not_written', { count: 2 }]);
  });
});

it('the audit recorder writes a batch once when the answer of the store was lost', async () => {
  let losses = 2;
  const append: AuditStore['append'] = async (...given) => {
    const moved = await audited.store.audit.append(...given);
    losses -= 1;
    if (losses >= 0) throw new Error('the answer was lost');
    return moved;
  };
  const recorder = audited.record({}, withFault(append));
  recorder.record({ type: 'sign_out', accountId: 'usr_a' });
  while (!(await recorder.flush()));
  recorder.record({ type: 'sign_out', accountId: 'usr_b' });
  expect(await recorder.close(60_000)).toBe(true);
  expect(await audited.verify()).toMatchObject({ entries: 4, faults: [] });
});

describe('two nodes that audit at once', () => {
  it('have a chain each, and do not wait for each other', async () => {
    const nodes = [audited.record(), audited.record()];
    const work = nodes.map(async (node, at) => {
      for (let n = 0; n < 200; n += 1) {
        node.record({ type: 'client.disabled', clientId: `client-${at}-${n}` });
        if (n % 20 === 0) await node.flush();
      }
      await node.flush();
    });
    await Promise.all(work);
    expect(await audited.verify()).toMatchObject({ entries: 402, chains: 2, faults: [] });
    await Promise.all(nodes.map((node) => node.close(60_000)));
    expect(await audited.verify()).toMatchObject({ entries: 404, chains: 2, faults: [] });
  });

  it('name the end of each other’s chain: of a finished one within a minute, of a running one every ten minutes', async () => {
    const living = await audited.recordSome(1, 'living');
    const other = await audited.recordSome(1, 'other');
    const links = async () => (await listed('chain.linked')).length;
    await living.witness();
    await living.witness();
    expect(await links()).toBe(1);
    other.record({ type: 'sign_out', accountId: 'other_2' });
    await other.flush();
    await living.witness();
    expect(await links()).toBe(1);
    audited.clock.ms += 10 * 60_000;
    await living.witness();
    expect(await links()).toBe(2);
    await other.close(60_000);
    await living.witness();
    expect(await links()).toBe(3);
    await living.witness();
    expect(await links()).toBe(3);
    expect((await audited.verify()).faults).toEqual([]);
  });

  it('name no end that is not genuine, report it to the operator, and record that once', async () => {
    await audited.recordSome(1, 'other');
    const other = await audited.chainOf('other_1');
    audited.tamper('UPDATE audit_heads SET signed_at = signed_at + 1');
    const living = await audited.recordSome(1, 'living');
    await living.witness();
    expect(audited.told).toEqual([['audit.tampered', { of: other }]]);
    expect(await listed('audit.tampered')).toEqual([{ of: other }]);
    expect(
      (await listed('chain.started')).every(({ links }) => (links as unknown[]).length === 0),
    ).toBe(true);
    await living.close(60_000);
  });

  it('name an end although its marker says that it was named: without the key no one can make a marker', async () => {
    const living = await audited.recordSome(1, 'living');
    await (await audited.recordSome(2, 'other')).close(60_000);
    const other = await audited.chainOf('other_1');
    expect(
      audited.tamper('UPDATE audit_heads SET linked_position = position, linked_mac = ?', 'forged'),
    ).toBe(2);
    await living.witness();
    const [named] = await listed('chain.linked');
    expect(named).toMatchObject({ links: [{ chain: other, position: 4 }] });
    await living.witness();
    expect(await listed('chain.linked')).toHaveLength(1);
  });
});

describe('the end of an audit chain', () => {
  it('that another process moved or closed is reported, and recorded in the chain', async () => {
    for (const sql of [
      'UPDATE audit_heads SET position = 999',
      'UPDATE audit_heads SET is_closed = 1',
    ]) {
      const living = await audited.recordSome(1, 'living');
      audited.tamper(sql);
      await living.witness();
      await living.witness();
      await living.flush();
    }
    const chains = (await audited.store.audit.list({ type: 'audit.tampered' })).items;
    expect(chains.some(({ chain, body }) => body === JSON.stringify({ of: chain }))).toBe(true);
    expect(audited.told.every(([what]) => what === 'audit.tampered')).toBe(true);
  });

  it('has no entries after it, also when the process ended during a write', async () => {
    await (await audited.recordSome(1, 'other')).close(60_000);
    const recorder = await audited.recordSome(2, 'usr');
    await (await audited.recordSome(1, 'newcomer')).close(60_000);
    const [, , , , isWritten] = await Promise.all([
      recorder.witness(),
      recorder.prune(audited.clock.ms + 1),
      recorder.flush(),
      recorder.witness(),
      recorder.close(60_000),
    ]);
    expect(isWritten).toBe(true);
    const chain = await audited.chainOf('usr_2');
    await recorder.witness();
    await recorder.prune(audited.clock.ms + 1);
    recorder.record({ type: 'sign_out', accountId: 'usr_late' });
    expect(audited.told.at(-1)).toEqual(['audit.not_written', { event: 'sign_out' }]);
    expect((await audited.store.audit.listChain(chain, 0, 100)).at(-1)?.type).toBe('chain.closed');
    expect(await audited.verify()).toMatchObject({ faults: [], unclosed: [] });
  });
});

it('the audit recorder reports the end of its chain outside of the database', async () => {
  const heads: unknown[] = [];
  const recorder = audited.record({ onHead: (head) => heads.push(head) });
  recorder.tellHead();
  expect(heads).toEqual([]);
  recorder.record({ type: 'sign_out', accountId: 'usr_a' });
  await recorder.close(60_000);
  const [head] = audited.query('SELECT chain, position, hash FROM audit_heads');
  expect(heads).toEqual([{ ...head }]);
});
