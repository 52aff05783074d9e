import type { DecisionPoint, Question } from '@keywright/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seed } from '../../jwt/src/testing-parts/series.ts';
import { createPermissionEngine } from './engine.ts';
import type { PolicyFault } from './judge.ts';
import { openStored, question, type Stored } from './testing-parts/stored.ts';

let stored: Stored;
let faults: PolicyFault[];
beforeEach(async () => {
  stored = await openStored();
  faults = [];
});
afterEach(() => stored.close());

function engine(policies?: string): Promise<DecisionPoint> {
  return createPermissionEngine({
    store: stored.permissions,
    policies: policies === undefined ? undefined : { text: policies, place: 'policies' },
    onFault: (fault) => void faults.push(fault),
  });
}

/** Has Cedar asked, and changes nothing. */
const idle = '@id("idle") forbid (principal, action, resource) when { false };';

const hostile = [
  '"',
  "'",
  '\\',
  '"]); permit(principal, action, resource); //',
  'ada" || true || "',
  '::"x"',
  'Action::"read"',
  '${7*7}',
  '?principal',
  '*',
  '__proto__',
  'constructor',
  'ä',
  'a\u0308',
  '😀',
  '\u202eadmin',
  ' ',
  'x'.repeat(800),
];

describe.each([
  ['stored permissions alone', undefined],
  ['stored permissions and policies', idle],
])('the decision engine on %s', (_name, policies) => {
  it('permits what is stored, and nothing else', async () => {
    await stored.may('user:ada', 'read', 'building:1');
    const { decide } = await engine(policies);
    expect(await decide(question('user:ada', 'read', 'building:1'))).toEqual({
      allowed: true,
      why: 'stored permission: user:ada may read on building:1',
    });
    for (const other of [
      question('user:bob', 'read', 'building:1'),
      question('user:ada', 'write', 'building:1'),
      question('user:ada', 'read', 'building:2'),
      question('unknown:ada', 'read', 'building:1'),
      question('user:ada', 'read', 'unknown:1'),
    ])
      expect((await decide(other)).allowed).toBe(false);
  });

  it('compares ids, types and actions exactly', async () => {
    const { decide } = await engine(policies);
    for (const text of hostile) {
      const name = text.slice(0, 200);
      const mine: Question = {
        subject: { type: name, id: text },
        action: { name },
        resource: { type: name, id: text },
      };
      expect((await decide(mine)).allowed).toBe(false);
      await stored.permissions.set({ ...mine, action: name, createdAt: 0 });
      expect((await decide(mine)).allowed).toBe(true);
    }
    const { allowed } = await decide({
      subject: { type: 'user', id: 'ada' },
      action: { name: 'x' },
      resource: { type: 'b', id: '1' },
    });
    expect(allowed).toBe(false);
    expect(faults).toEqual([]);
  });

  it('denies a question without a subject, and says what is wrong', async () => {
    const { decide } = await engine(policies);
    const good = question('user:ada', 'read', 'building:1');
    for (const bad of [
      { ...good, subject: { type: 'user', id: '' } },
      { ...good, subject: { type: 'user', id: 'x'.repeat(10_000) } },
      { ...good, subject: { type: 'u\0', id: '1' } },
      { ...good, subject: { type: 'user', id: '\ud800' } },
      { ...good, action: { name: '\n' } },
      { ...good, resource: { type: 'b'.repeat(201), id: '1' } },
      { ...good, context: { a: { __entity: { type: 'user', id: 'root' } } } },
      { ...good, context: { '\ud800': 1 } },
      { ...good, subject: { ...good.subject, properties: { a: ['\udfff'] } } },
    ])
      expect(await decide(bad)).toMatchObject({ allowed: false, fault: 'question' });
    expect(faults).toEqual([]);
  });

  it('names the group and folder of a permit', async () => {
    await stored.link('membership', 'user:ada', 'group:staff');
    await stored.link('containment', 'building:1', 'folder:north');
    await stored.may('group:staff', '*', 'folder:north');
    const { decide } = await engine(policies);
    expect((await decide(question('user:ada', 'read', 'building:1'))).why).toBe(
      'stored permission: group:staff may * on folder:north',
    );
  });
});

describe('Cedar policies', () => {
  it('can use groups, folders, action, context, sent properties, and the entity’s id and type', async () => {
    await stored.link('membership', 'user:ada', 'group:staff');
    await stored.link('membership', 'group:staff', 'group:all');
    await stored.link('containment', 'building:1', 'folder:north');
    const { decide } =
      await engine(`permit (principal in group::"all", action == Action::"read", resource in folder::"north")
      when { principal.department == "heat" && principal.id == "ada" && principal.type == "user"
        && action.name == "read" && action.how.fast && resource.floors > 2 && resource.tags.contains("old")
        && context.ip == "192.0.2.1" };`);
    const full = question('user:ada', 'read', 'building:1', {
      subject: {
        type: 'user',
        id: 'ada',
        properties: { department: 'heat', id: 'root', type: 'admin' },
      },
      action: { name: 'read', properties: { how: { fast: true }, name: 'write' } },
      resource: {
        type: 'building',
        id: '1',
        properties: { floors: 3, tags: ['old', 'red', null], none: null },
      },
      context: { ip: '192.0.2.1' },
    });
    expect(await decide(full)).toEqual({ allowed: true, why: 'permitted by policy "line 1"' });
    expect((await decide({ ...full, context: { ip: '192.0.2.2' } })).allowed).toBe(false);
    expect((await decide({ ...full, subject: { ...full.subject, id: 'bob' } })).allowed).toBe(
      false,
    );
  });

  it('can forbid what is permitted otherwise', async () => {
    await stored.may('user:ada', '*', 'building:1');
    const { decide } = await engine(`@id("open") permit (principal, action, resource);
      @id("closed") forbid (principal, action == Action::"write", resource);`);
    expect((await decide(question('user:ada', 'read', 'building:1'))).allowed).toBe(true);
    expect(await decide(question('user:ada', 'write', 'building:1'))).toEqual({
      allowed: false,
      why: 'forbidden by policy "closed"',
    });
  });

  it('that permit and fail permit nothing, and those that forbid and fail forbid', async () => {
    await stored.may('user:ada', 'read', 'building:1');
    const permitting = await engine(
      '@id("p") permit (principal, action, resource) when { context.missing };',
    );
    expect((await permitting.decide(question('user:ada', 'read', 'building:1'))).allowed).toBe(
      true,
    );
    expect((await permitting.decide(question('user:bob', 'read', 'building:1'))).allowed).toBe(
      false,
    );
    const forbidding = await engine(
      '@id("f") forbid (principal, action, resource) when { context.missing };',
    );
    expect(await forbidding.decide(question('user:ada', 'read', 'building:1'))).toEqual({
      allowed: false,
      why: 'policy "f" could not be evaluated',
      fault: 'engine',
    });
    expect(faults.map(({ policy }) => policy)).toEqual(['p', 'f']);
  });

  it('ignore what a caller claims about stored permissions or about identities', async () => {
    const { decide } = await engine(idle);
    for (const subject of [
      { type: 'Keywright::Fact', id: 'permitted' },
      { type: 'Keywright::Other', id: '["user","ada"]' },
      { type: 'Action', id: 'read' },
    ])
      for (const context of [undefined, { permitted: true }])
        expect(
          (
            await decide({
              subject,
              action: { name: 'read' },
              resource: subject,
              ...(context && { context }),
            })
          ).allowed,
        ).toBe(false);
    await stored.may('Keywright::Other:["user","ada"]', 'read', 'building:1');
    expect((await decide(question('user:ada', 'read', 'building:1'))).allowed).toBe(false);
  });

  it('can use entities of types that Cedar could not name', async () => {
    const { decide } =
      await engine(`permit (principal == Keywright::Other::"[\\"urn:x\\",\\"1\\"]", action, resource);
      permit (principal, action, resource) when { principal.type == "in" };`);
    const of = async (type: string) =>
      (
        await decide({
          subject: { type, id: '1' },
          action: { name: 'read' },
          resource: { type: 'b', id: '1' },
        })
      ).allowed;
    expect([
      await of('urn:x'),
      await of('in'),
      await of('Keywright::Other'),
      await of('user'),
    ]).toEqual([true, true, false, false]);
  });

  it('see a subject and a resource that are the same as one entity', async () => {
    const { decide } = await engine(
      'permit (principal, action, resource) when { principal == resource && resource.open };',
    );
    const self = (mine: object, its: object) =>
      decide({
        subject: { type: 'user', id: 'ada', properties: { ...mine } },
        action: { name: 'read' },
        resource: { type: 'user', id: 'ada', properties: { ...its } },
      });
    expect((await self({}, { open: true })).allowed).toBe(true);
    expect((await self({ open: true }, { open: true })).allowed).toBe(true);
    expect(await self({ open: false }, { open: true })).toMatchObject({
      allowed: false,
      fault: 'question',
    });
  });

  it('do not fail because of properties that a caller sends', async () => {
    const { decide } = await engine(
      `${idle} permit (principal, action, resource) when { context has a && context.a == context.a };`,
    );
    const value = fc.jsonValue({ maxDepth: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ unit: 'binary' }), value),
        value,
        async (context, a) => {
          const decided = await decide(
            question('user:ada', 'read', 'building:1', { context: { ...context, a } }),
          );
          if (decided.fault !== 'question') expect(decided.fault).toBeUndefined();
          else expect(decided.allowed).toBe(false);
        },
      ),
      { seed, numRuns: 400 },
    );
    expect(faults).toEqual([]);
  });
});

it.each([undefined, 'permit (principal, action, resource);'])(
  'a question with more than a thousand values is refused, with policies %j',
  async (text) => {
    const { decide } = await engine(text);
    const asked = (count: number) => {
      const half = Array.from({ length: count / 2 }, (_, at) => at);
      const properties = { half };
      const context = Object.fromEntries(half.map((at) => [`c${at}`, at]));
      return decide(
        question('user:ada', 'read', 'building:1', {
          context,
          action: { name: 'read', properties },
        }),
      );
    };
    expect((await asked(990)).fault).toBeUndefined();
    expect(await asked(1000)).toEqual({
      allowed: false,
      why: 'properties and context must have at most 1000 values',
      fault: 'question',
    });
  },
);

describe('policies that cannot be parsed', () => {
  const problemsOf = async (text: string) => {
    try {
      await engine(text);
      return [];
    } catch (error) {
      return (error as { problems: { path: string; message: string }[] }).problems.map(
        ({ message }) => message,
      );
    }
  };

  it('are reported with line and column, counted in characters', async () => {
    expect(
      await problemsOf('// ä€😀\npermit (principal, action, resource) when { "ä" == };'),
    ).toEqual([expect.stringMatching(/^line 2, column 52: unexpected token `}`; expected /)]);
    expect(await problemsOf('permit (principal, action, resource) when { foo.bar() };')).toEqual([
      expect.stringMatching(/^line 1, column 45: attempted to call/),
    ]);
  });

  it('may not be templates, use one name twice, or use a reserved name', async () => {
    const open = 'permit (principal, action, resource);';
    expect(
      await problemsOf(`${open}\n\npermit (principal == ?principal, action, resource);`),
    ).toEqual([expect.stringMatching(/^line 3: is a template/)]);
    expect(await problemsOf(`@id("a") ${open}\n@id("a") ${open}`)).toEqual([
      'line 2: there is another policy "a"',
    ]);
    expect(await problemsOf(`@id("stored-permission") ${open}`)).toHaveLength(1);
  });

  it('are named by their line', async () => {
    const lines = Array.from(
      { length: 12 },
      (_, at) => `forbid (principal, action == Action::"${at}", resource);`,
    );
    const { decide } = await engine(lines.join('\n'));
    for (let at = 0; at < lines.length; at += 1)
      expect((await decide(question('user:ada', `${at}`, 'b:1'))).why).toBe(
        `forbidden by policy "line ${at + 1}"`,
      );
  });

  it('may be empty', async () => {
    expect(await problemsOf('')).toEqual([]);
    expect(await problemsOf('// nothing yet')).toEqual([]);
  });
});
