import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPermissionEngine } from './engine.ts';
import { openStored, question, type Stored } from './testing-parts/stored.ts';

let stored: Stored;
beforeEach(async () => {
  stored = await openStored();
});
afterEach(() => stored.close());

const open = '@id("owner") permit (principal, action, resource) when { resource.id == "b-7" };';

async function findAll(policies: string | undefined, limit: number) {
  const source = policies === undefined ? undefined : { text: policies, place: '' };
  const engine = await createPermissionEngine({ store: stored.permissions, policies: source });
  const pages: (readonly string[])[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const { items, next }: { items: readonly string[]; next?: string } = await engine.search(
      'resource',
      question('user:ada', 'read', 'building:'),
      after,
      limit,
    );
    pages.push(items);
    after = next;
  }
  return pages;
}

describe('a search for permissions', () => {
  it('finds everything once, in pages, also where there is too much to collect at once', async () => {
    const ids = Array.from({ length: 5200 }, (_, at) => `b-${at}`).sort();
    await Promise.all(
      ids.map((id) =>
        stored.permissions.link({
          kind: 'containment',
          lower: { type: 'building', id },
          upper: { type: 'folder', id: 'all' },
          createdAt: 0,
        }),
      ),
    );
    await stored.may('user:ada', 'read', 'folder:all');
    const pages = await findAll(undefined, 1000);
    expect(pages.flat()).toEqual(ids);
    expect(pages.every((page) => page.length <= 1000)).toBe(true);
  });

  it('finds what a policy permits among all known entities, although most of them are not permitted', async () => {
    await Promise.all(
      Array.from({ length: 2500 }, (_, at) => stored.may('user:bob', 'read', `building:b-${at}`)),
    );
    const pages = await findAll(open, 10);
    expect(pages.flat()).toEqual(['b-7']);
    // It stops before it has looked at all, and says where to go on.
    expect(pages.length).toBeGreaterThan(1);
  });

  it('for actions lists those of policies, then those of permissions, each once', async () => {
    for (const action of ['a', 'd', 'c', '*', 'x'])
      await stored.may('user:ada', action, 'building:1');
    await stored.may('user:bob', 'b', 'building:1');
    const text = `permit (principal, action in [Action::"d", Action::"e", Action::"*"], resource);
      forbid (principal, action == Action::"x", resource);`;
    const engine = await createPermissionEngine({
      store: stored.permissions,
      policies: { text, place: '' },
    });
    const seen: string[] = [];
    let after: string | undefined = '';
    while (after !== undefined) {
      const { items, next }: { items: readonly string[]; next?: string } =
        await engine.searchActions(
          { subject: { type: 'user', id: 'ada' }, resource: { type: 'building', id: '1' } },
          after,
          1,
        );
      expect(items.length).toBeLessThanOrEqual(1);
      seen.push(...items);
      after = next;
    }
    expect(seen).toEqual(['d', 'e', 'a', 'b', 'c']);
  });

  it('with a limit of zero finds nothing', async () => {
    await stored.may('user:ada', 'read', 'building:1');
    const engine = await createPermissionEngine({ store: stored.permissions });
    expect(
      await engine.search('resource', question('user:ada', 'read', 'building:'), '', 0),
    ).toEqual({
      items: [],
      next: '',
    });
  });

  it('with a question without a subject says what is wrong', async () => {
    const engine = await createPermissionEngine({ store: stored.permissions });
    expect(
      await engine.search('subject', question('user:', 'read', 'building:'), '', 9),
    ).toMatchObject({
      items: [],
      wrong: 'resource.id must have 1 to 800 bytes',
    });
    expect(
      await engine.searchActions(question('user:', 'read', 'building:1'), '', 9),
    ).toMatchObject({
      items: [],
    });
  });
});
