import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCan } from './can.ts';
import { createPermissionEngine } from './engine.ts';
import { openStored, type Stored } from './testing-parts/stored.ts';

let stored: Stored;
beforeEach(async () => {
  stored = await openStored();
  await stored.may('user:usr_ada', 'buildings:read', 'building:1');
});
afterEach(() => stored.close());

const issuer = 'https://as.example';
const decision = (caller: object = {}, id = '1') => ({
  subject: 'usr_ada',
  action: 'buildings:read',
  resource: { id },
  caller: { kind: 'user' as const, issuer, subject: 'usr_ada', ...caller },
});
const resource = ({ id }: { readonly id: string }) => ({ type: 'building', id });

describe('the function can', () => {
  it('answers with the engine’s decision, and the reason for the log', async () => {
    const can = createCan(await createPermissionEngine({ store: stored.permissions }), {
      issuer,
      resource,
    });
    expect(await can(decision())).toEqual({
      allowed: true,
      why: 'stored permission: user:usr_ada may buildings:read on building:1',
    });
    expect(await can(decision({}, '2'))).toEqual({
      allowed: false,
      why: 'no stored permission covers it',
    });
  });

  it('recognizes a service by its type, and no caller of another issuer', async () => {
    const can = createCan(await createPermissionEngine({ store: stored.permissions }), {
      issuer,
      resource,
    });
    expect((await can(decision({ kind: 'service' }))).allowed).toBe(false);
    expect(await can(decision({ issuer: 'https://other.example' }))).toEqual({
      allowed: false,
      why: 'the caller is from another issuer than the permissions',
    });
    await stored.may('client:usr_ada', 'buildings:read', 'building:1');
    expect((await can(decision({ kind: 'service' }))).allowed).toBe(true);
  });

  it('accepts a custom subject and context', async () => {
    const text = 'forbid (principal, action, resource) unless { context.ip == "192.0.2.1" };';
    const engine = await createPermissionEngine({
      store: stored.permissions,
      policies: { text, place: '' },
    });
    const ask = (ip: string) =>
      createCan(engine, {
        resource,
        subject: ({ caller }) => ({ type: 'user', id: caller.subject }),
        context: () => ({ ip }),
      })(decision({ issuer: 'https://other.example' }));
    expect([(await ask('192.0.2.1')).allowed, (await ask('192.0.2.2')).allowed]).toEqual([
      true,
      false,
    ]);
  });

  it('rejects when the store cannot be read, because there is no decision then', async () => {
    const can = createCan(await createPermissionEngine({ store: stored.permissions }), {
      issuer,
      resource,
    });
    await stored.close();
    await expect(can(decision())).rejects.toThrow('closed');
    stored = await openStored();
  });
});
