/** The engine against a model of a dozen lines, over random permissions, groups and folders. */
import { linkKinds } from '@keywright/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLong, seed } from '../../jwt/src/testing-parts/series.ts';
import { createPermissionEngine } from './engine.ts';
import { entity, openStored, question } from './testing-parts/stored.ts';

const names = [
  'user:a',
  'user:b',
  'group:a',
  'group:b',
  'group:c',
  'folder:a',
  'folder:b',
  'building:a',
  'building:b',
];
const actions = ['read', 'write', '*'];
const anyName = fc.constantFrom(...names);
const world = fc.record({
  links: fc.array(fc.tuple(fc.constantFrom(...linkKinds), anyName, anyName), { maxLength: 14 }),
  permissions: fc.array(fc.tuple(anyName, fc.constantFrom(...actions), anyName), { maxLength: 8 }),
});

type Edge = readonly [kind: string, lower: string, upper: string];

/** Everything above a name, itself among it. */
function above(edges: readonly Edge[], kind: string, name: string): ReadonlySet<string> {
  const found = new Set([name]);
  for (const one of found)
    for (const [of, lower, upper] of edges) if (of === kind && lower === one) found.add(upper);
  return found;
}

function closesCircle(edges: readonly Edge[], lower: string, upper: string): boolean {
  const found = new Set([upper]);
  for (const one of found) for (const [, from, to] of edges) if (from === one) found.add(to);
  return found.has(lower);
}

describe('the engine and a simple model', () => {
  it.each([
    ['stored permissions alone', undefined],
    [
      'policies beside them',
      'forbid (principal in group::"b", action == Action::"write", resource in folder::"a");',
    ],
  ])(
    'give the same answers on %s, and searches find exactly what is permitted',
    async (_name, policies) => {
      await fc.assert(
        fc.asyncProperty(world, async ({ links, permissions }) => {
          const stored = await openStored();
          const edges: Edge[] = [];
          for (const edge of links) {
            const circle = closesCircle(edges, edge[1], edge[2]);
            expect(await stored.link(...edge)).toMatch(circle ? /^circle$/ : /^linked/);
            if (!circle) edges.push(edge);
          }
          for (const permission of permissions) await stored.may(...permission);
          const permits = (subject: string, action: string, resource: string): boolean => {
            const [who, what] = [
              above(edges, 'membership', subject),
              above(edges, 'containment', resource),
            ];
            // Cedar has one hierarchy. A subject that is in the resource, or is the resource, is
            // also in the folders of the resource. The reverse is true too.
            const groups = who.has(resource) ? new Set([...who, ...what]) : who;
            const folders = what.has(subject) ? new Set([...what, ...who]) : what;
            const forbidden =
              policies !== undefined &&
              action === 'write' &&
              groups.has('group:b') &&
              folders.has('folder:a');
            if (forbidden) return false;
            return permissions.some(
              ([s, a, r]) => who.has(s) && (a === action || a === '*') && what.has(r),
            );
          };
          const source = policies === undefined ? undefined : { text: policies, place: '' };
          const engine = await createPermissionEngine({
            store: stored.permissions,
            policies: source,
          });
          for (const subject of names)
            for (const resource of names)
              for (const action of ['read', 'write'])
                expect((await engine.decide(question(subject, action, resource))).allowed).toBe(
                  permits(subject, action, resource),
                );
          for (const name of names) {
            const users = await engine.search('subject', question('user:', 'write', name), '', 100);
            expect(users.items).toEqual(
              ['a', 'b'].filter((id) => permits(`user:${id}`, 'write', name)),
            );
            const buildings = await engine.search(
              'resource',
              question(name, 'write', 'building:'),
              '',
              100,
            );
            expect(buildings.items).toEqual(
              ['a', 'b'].filter((id) => permits(name, 'write', `building:${id}`)),
            );
            const known = ['read', 'write'].filter((action) =>
              permissions.some(([, a]) => a === action),
            );
            const found = await engine.searchActions(
              { subject: entity(name), resource: entity('building:a') },
              '',
              100,
            );
            const may = known.filter((action) => permits(name, action, 'building:a'));
            // A policy that names an action makes it known.
            if (
              policies !== undefined &&
              permits(name, 'write', 'building:a') &&
              !may.includes('write')
            )
              may.push('write');
            expect([...found.items].sort()).toEqual([...may].sort());
          }
          await stored.close();
        }),
        { seed, numRuns: isLong ? 100 : 20 },
      );
    },
  );
});
