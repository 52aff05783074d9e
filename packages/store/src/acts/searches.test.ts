import { expect, it } from 'vitest';
import { describeOnEveryEngine } from '../testing-parts/contract.ts';
import { entity, makeId, makeLink, makePermission } from '../testing-parts/samples.ts';

describeOnEveryEngine('searches', (store) => {
  const set = (subject: string, action: string, resource: string) =>
    store().permissions.set(makePermission(subject, action, resource));
  const link = (kind: 'membership' | 'containment', lower: string, upper: string) =>
    store().permissions.link(makeLink(kind, lower, upper));
  const idOf = (name: string) => entity(name).id;

  it('find the resources that permissions cover, over groups upwards and folders downwards', async () => {
    const [user, group] = [makeId('user:'), makeId('group:')];
    const [folder, inner, a, b] = [
      makeId('folder:'),
      makeId('folder:'),
      makeId('building:'),
      makeId('building:'),
    ];
    await link('membership', user, group);
    await link('containment', inner, folder);
    await link('containment', a, inner);
    await set(group, 'read', folder);
    await set(user, '*', b);
    await set(user, 'write', makeId('building:'));
    const search = {
      sought: 'resource',
      type: 'building',
      given: entity(user),
      action: 'read',
    } as const;
    expect(await store().permissions.listCovered(search, '', 100)).toEqual([a, b].map(idOf));
    expect(await store().permissions.listCovered(search, '', 1)).toEqual([idOf(a)]);
    expect(await store().permissions.listCovered(search, idOf(a), 100)).toEqual([idOf(b)]);
    expect(await store().permissions.listCovered({ ...search, type: 'folder' }, '', 100)).toEqual(
      [folder, inner].map(idOf),
    );
  });

  it('find the subjects that permissions cover, over folders upwards and groups downwards', async () => {
    const [ada, bob, group, staff] = [
      makeId('user:'),
      makeId('user:'),
      makeId('group:'),
      makeId('group:'),
    ];
    const [folder, building] = [makeId('folder:'), makeId('building:')];
    await link('membership', ada, group);
    await link('membership', group, staff);
    await link('containment', building, folder);
    await set(staff, 'read', folder);
    await set(bob, 'read', building);
    const search = {
      sought: 'subject',
      type: 'user',
      given: entity(building),
      action: 'read',
    } as const;
    expect(await store().permissions.listCovered(search, '', 100)).toEqual([ada, bob].map(idOf));
    expect(await store().permissions.listCovered({ ...search, type: 'group' }, '', 9)).toEqual(
      [group, staff].map(idOf),
    );
    expect(await store().permissions.listCovered({ ...search, action: 'write' }, '', 9)).toEqual(
      [],
    );
  });

  it('report when there are too many results', async () => {
    const user = makeId('user:');
    const type = makeId('type-');
    await Promise.all(Array.from({ length: 5001 }, (_, at) => set(user, 'read', `${type}:${at}`)));
    const search = { sought: 'resource', type, given: entity(user), action: 'read' } as const;
    expect(await store().permissions.listCovered(search, '', 10)).toBeUndefined();
    expect(await store().permissions.listCovered({ ...search, action: 'write' }, '', 10)).toEqual(
      [],
    );
    expect(await store().permissions.listKnown('resource', type, '', 3)).toEqual(['0', '1', '10']);
  });

  it('list every known entity of a type once, in the order of ids', async () => {
    const [type, above] = [makeId('type-'), makeId('type-')];
    await link('containment', `${type}:b`, `${above}:x`);
    await link('containment', `thing:1`, `${type}:c`);
    await link('membership', `${type}:d`, 'group:1');
    for (const action of ['read', 'write']) await set('user:1', action, `${type}:a`);
    await set(`${type}:e`, 'read', `${type}:a`);
    expect(await store().permissions.listKnown('resource', type, '', 100)).toEqual(['a', 'b', 'c']);
    expect(await store().permissions.listKnown('resource', type, 'a', 1)).toEqual(['b']);
    expect(await store().permissions.listKnown('subject', type, '', 100)).toEqual(['d', 'e']);
    expect(await store().permissions.listKnown('subject', 'no-such', '', 100)).toEqual([]);
  });

  it('list every action once', async () => {
    const prefix = makeId('action-');
    for (const name of ['b', 'a', 'b']) await set(makeId('user:'), prefix + name, 'building:1');
    expect(await store().permissions.listActions(prefix, 2)).toEqual([`${prefix}a`, `${prefix}b`]);
    expect(
      (await store().permissions.listActions('', 1000)).filter((one) => one.startsWith(prefix)),
    ).toHaveLength(2);
  });
});
