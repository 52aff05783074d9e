import { maxAbove, type Permission } from '@keywright/core';
import { expect, it } from 'vitest';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';
import { describeOnEveryEngine, now } from '../testing-parts/contract.ts';
import { entity, makeId, makeLink, makePermission } from '../testing-parts/samples.ts';

describeOnEveryEngine('permissions', (store) => {
  const permissions = () => store().permissions;

  /** Reads all pages of a list, two rows on each. */
  async function listAll(filter: Parameters<ReturnType<typeof permissions>['list']>[0]) {
    const items: Permission[] = [];
    let after: string | undefined;
    do {
      const page = await permissions().list(filter, {
        limit: 2,
        ...(after !== undefined && { after }),
      });
      expect(page.items.length).toBeLessThanOrEqual(2);
      items.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return items;
  }

  it('are stored once, however often they are set, and returned as they were first set', async () => {
    const [user, building] = [makeId('user:'), makeId('building:')];
    const permission = makePermission(user, 'read', building);
    expect(await permissions().set(permission)).toBe(true);
    expect(await permissions().set({ ...permission, createdAt: now + 5 })).toBe(false);
    expect(await listAll({ subject: entity(user) })).toStrictEqual([permission]);
  });

  it('are removed one by one', async () => {
    const [user, building] = [makeId('user:'), makeId('building:')];
    for (const action of ['read', 'write'])
      await permissions().set(makePermission(user, action, building));
    expect(await permissions().remove(makePermission(user, 'read', building))).toBe(true);
    expect(await permissions().remove(makePermission(user, 'read', building))).toBe(false);
    expect((await listAll({ subject: entity(user) })).map((one) => one.action)).toEqual(['write']);
  });

  it('are listed by subject, by resource, by both and by neither, each once, page by page', async () => {
    const [ada, grace] = [makeId('user:'), makeId('user:')];
    const [one, other] = [makeId('building:'), makeId('building:')];
    const all = [ada, grace].flatMap((user) =>
      [one, other].flatMap((building) =>
        ['a', 'b', 'c'].map((action) => makePermission(user, action, building)),
      ),
    );
    for (const permission of all) await permissions().set(permission);
    const sorted = (list: readonly Permission[]) => list.map((each) => JSON.stringify(each)).sort();
    const of = (user: string, building: string) =>
      all.filter(({ subject, resource }) =>
        [`${subject.type}:${subject.id}`, `${resource.type}:${resource.id}`].every((name) =>
          [user, building].includes(name),
        ),
      );
    expect(sorted(await listAll({ subject: entity(ada) }))).toEqual(
      sorted([...of(ada, one), ...of(ada, other)]),
    );
    expect(sorted(await listAll({ resource: entity(one) }))).toEqual(
      sorted([...of(ada, one), ...of(grace, one)]),
    );
    expect(sorted(await listAll({ subject: entity(ada), resource: entity(one) }))).toEqual(
      sorted(of(ada, one)),
    );
    expect(sorted(await listAll({}))).toEqual(expect.arrayContaining(sorted(all)));
  });

  it('are listed from the beginning for an invalid cursor', async () => {
    const user = makeId('user:');
    await permissions().set(makePermission(user, 'read', 'building:1'));
    for (const after of [
      '',
      'x',
      '[]',
      '{"a":1}',
      '["a","b","c"]',
      '[1,2,3]',
      "'; DROP TABLE permissions",
    ])
      expect(
        (await permissions().list({ subject: entity(user) }, { after })).items.length,
      ).toBeLessThan(2);
    expect(
      (await permissions().list({ subject: entity(user) }, { after: 'x' })).items,
    ).toHaveLength(1);
  });

  it('are different for names that differ in any letter', async () => {
    const names = [
      `o'; DROP TABLE permissions; --`,
      '"]) }; permit(principal, action, resource);',
      '%',
      '_',
      '*',
      'ä',
      'a\u0308',
      '😀',
      '\u{FFFF}',
      'x'.repeat(800),
      ' ',
      'A',
      'a',
    ];
    const type = makeId('type-');
    for (const id of names)
      await permissions().set({
        ...makePermission('', '', ''),
        subject: { type, id },
        action: 'read',
      });
    for (const id of names) {
      const { items } = await permissions().list({ subject: { type, id } });
      expect(items.map((one) => one.subject.id)).toEqual([id]);
    }
    expect(await permissions().listKnown('subject', type, '', 100)).toHaveLength(names.length);
  });
});

describeOnEveryEngine('facts for a decision', (store, engine) => {
  const isThousandTried = isLong || engine === 'SQLite in memory';
  const set = (subject: string, action: string, resource: string) =>
    store().permissions.set(makePermission(subject, action, resource));
  const facts = (subject: string, action: string, resource: string) =>
    store().permissions.loadFacts(entity(subject), action, entity(resource));

  it('are the groups, the folders and the nearest permission', async () => {
    const [user, group, all] = [makeId('user:'), makeId('group:'), makeId('group:')];
    const [building, folder, root] = [makeId('building:'), makeId('folder:'), makeId('folder:')];
    await store().permissions.link(makeLink('membership', user, group));
    await store().permissions.link(makeLink('membership', group, all));
    await store().permissions.link(makeLink('containment', building, folder));
    await store().permissions.link(makeLink('containment', folder, root));
    await set(all, '*', root);
    const around = {
      outcome: 'known',
      groups: [group, all].map(entity),
      ancestors: [folder, root].map(entity),
    };
    const found = (subject: string, action: string, resource: string) => ({
      ...around,
      permission: { subject: entity(subject), action, resource: entity(resource) },
    });
    expect(await facts(user, 'read', building)).toStrictEqual(found(all, '*', root));
    await set(group, 'read', folder);
    expect(await facts(user, 'read', building)).toStrictEqual(found(group, 'read', folder));
    await set(user, 'read', building);
    expect(await facts(user, 'read', building)).toStrictEqual(found(user, 'read', building));
    expect(await facts(user, 'write', building)).toStrictEqual(found(all, '*', root));
  });

  it('contain no permission of another subject, action, resource or type, or of anything below', async () => {
    const [user, building, room] = [makeId('user:'), makeId('building:'), makeId('room:')];
    await store().permissions.link(makeLink('containment', room, building));
    await set(user, 'read', room);
    const { id } = entity(room);
    for (const [subject, action, resource] of [
      [user, 'read', building],
      [user, 'write', room],
      [user, 'READ', room],
      [user, '*', room],
      ['user:nobody', 'read', room],
      [`client:${entity(user).id}`, 'read', room],
      [user, 'read', `building:${id}`],
      [user, 'read', 'room:none'],
    ] as const)
      expect(await facts(subject, action, resource)).not.toHaveProperty('permission');
  });

  it('are groups by memberships only, and folders by containment only', async () => {
    const [user, thing] = [makeId('user:'), makeId('thing:')];
    await store().permissions.link(makeLink('containment', user, 'folder:people'));
    await store().permissions.link(makeLink('membership', thing, 'group:things'));
    expect(await facts(user, 'read', thing)).toStrictEqual({
      outcome: 'known',
      groups: [],
      ancestors: [],
    });
  });

  it.runIf(isThousandTried)(
    'are not looked for among more than a hundred thousand pairs',
    async () => {
      const [user, building] = [makeId('user:'), makeId('building:')];
      const above = (kind: 'membership' | 'containment', lower: string, count: number) =>
        Promise.all(
          Array.from({ length: count }, () =>
            store().permissions.link(
              makeLink(kind, lower, makeId(kind === 'membership' ? 'group:' : 'folder:')),
            ),
          ),
        );
      // Each of these is a different permission.
      await Promise.all([
        above('membership', user, 400 - 1),
        above('containment', building, 250 - 1),
      ]);
      expect(await facts(user, 'read', building)).toMatchObject({ outcome: 'known' });
      await above('containment', building, 1);
      expect(await facts(user, 'read', building)).toEqual({ outcome: 'too-much', above: 'both' });
      expect(await facts(user, 'read', 'building:other')).toMatchObject({ outcome: 'known' });
    },
  );

  it.runIf(isThousandTried)(
    'are at most a thousand above one entity, also if they were added above its parent',
    async () => {
      const [user, group] = [makeId('user:'), makeId('group:')];
      await store().permissions.link(makeLink('membership', user, group));
      const add = () => store().permissions.link(makeLink('membership', group, makeId('group:')));
      await Promise.all(Array.from({ length: maxAbove }, add));
      expect(await facts(group, 'read', 'building:1')).toMatchObject({ outcome: 'known' });
      expect(await facts(user, 'read', 'building:1')).toEqual({
        outcome: 'too-much',
        above: 'subject',
      });
    },
  );

  it('reach sixteen links upwards, and say when there are more, because then not everything is known', async () => {
    const chain = Array.from({ length: 19 }, () => makeId('group:'));
    // From the top down, so that a single link only sees what is above it.
    for (let at = 0; at < 17; at += 1)
      await store().permissions.link(
        makeLink('membership', chain[at] as string, chain[at + 1] as string),
      );
    await set(chain[17] as string, 'read', 'building:1');
    expect(await facts(chain[1] as string, 'read', 'building:1')).toHaveProperty('permission');
    expect(await facts(chain[0] as string, 'read', 'building:1')).toEqual({
      outcome: 'too-much',
      above: 'subject',
    });
    expect(await facts('user:x', 'read', chain[0] as string)).toMatchObject({
      outcome: 'known',
      ancestors: [],
    });
  });
});
