/**
 * Stores of each schema version, migrated: the present verbs find every row, and every act works.
 * `npm test` tries three versions.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Account, Store } from '@keywright/core';
import { describe, expect, it } from 'vitest';
import { sample } from '../../../jwt/src/testing-parts/series.ts';
import { performAct } from '../act.ts';
import { isPostgresLeftOut, makeFolder } from '../testing-parts/contract.ts';
import { openPostgresStore } from '../engine-postgres.ts';
import { openSqliteStore } from '../engine-sqlite.ts';
import { performEveryVerb } from '../testing-parts/every-verb.ts';
import { onOneConnection } from '../postgres-pool.ts';
import { toPostgresSql } from '../postgres-dialect.ts';
import { performTransaction } from '../postgres-transaction.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { makeSchema, run } from '../testing-parts/shared-cluster.ts';
import * as frozen from './testing-parts/contents.ts';
import * as extensions from './testing-parts/extensions.ts';
import { migrations } from './index.ts';

const folder = join(import.meta.dirname, 'frozen');
const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
const { frozenAt: now, fillFirst: _, ...contents } = frozen;
const clock = { nowSeconds: () => now };

interface Thawed {
  readonly store: Store;
  /** Runs every act once, without the store's verbs. */
  readonly performEveryAct: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

async function thawOnSqlite(sql: string): Promise<Thawed> {
  const place = makeFolder();
  const file = join(place.path, 'store.db');
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
  const store = await openSqliteStore({ file, clock });
  const performEveryAct = async () => {
    const connection = SqliteConnection.openForWriting({ file, busyTimeoutMs: 5000 });
    await performEveryVerb((act) =>
      connection.transaction(() => performAct(act, connection.execute)),
    );
    connection.close();
  };
  return { store, performEveryAct, close: () => store.close().then(place.remove) };
}

async function thawOnPostgres(sql: string): Promise<Thawed> {
  const schema = await makeSchema();
  await run(schema.address, sql.split(';\n').map(toPostgresSql).join(';\n'));
  const store = await openPostgresStore({ address: schema.address, clock, timeoutMs: 20_000 });
  const performEveryAct = () =>
    onOneConnection(schema.address, (pool) =>
      performEveryVerb((act) =>
        pool.use(performance.now() + 20_000, (session) =>
          performTransaction(act, session, 'SERIALIZABLE'),
        ),
      ),
    );
  return { store, performEveryAct, close: () => store.close().then(schema.drop) };
}

async function expectContents(store: Store, version: number): Promise<void> {
  const { api, heatlens, thermometer, formerClient, ada, grace, session } = contents;
  expect(await store.apis.list()).toEqual([{ ...api, tokenStatus: version >= 2 }]);
  const clients = [
    ...(version >= 8 ? [extensions.cardApp] : []),
    { ...formerClient, status: version >= 3 ? 'disabled' : 'active' },
    heatlens,
    thermometer,
  ];
  expect((await store.clients.list()).items).toEqual(clients);
  expect((await store.accounts.list()).items).toEqual([
    ada,
    grace,
    ...(version >= 8 ? [extensions.joan] : []),
    ...(version >= 11 ? [niklausOf(version)] : []),
  ]);
  expect(await store.accounts.loadByEmailKey(ada.emailKey)).toEqual(ada);
  expect(await store.sessions.load(session.digest, 900, now)).toEqual({ session, account: ada });
  const [grant, ...others] = (await store.grants.list(ada.id)).items;
  expect(others).toEqual([]);
  expect(grant).toMatchObject({ id: contents.grantId, clientId: heatlens.id, createdAt: now });
  for (const code of [contents.openCode, contents.spentCode])
    expect(await store.codes.load(code.digest)).toEqual({ ...code, grantId: contents.grantId });
  await expectFamilies(store, version);
  const { formerKey, presentKey, formerKeyRetiredAt: retiredAt } = contents;
  expect(await store.keys.list()).toEqual([{ ...formerKey, retiredAt }, presentKey]);
  if (version >= 2) expect(await store.statuses.lists()).toEqual({ first: 1, last: 1 });
  if (version >= 3) await expectApiKeys(store);
  if (version >= 4) await expectPermissions(store);
  if (version >= 7) expect((await store.audit.list()).items).toEqual([contents.auditEntry]);
  if (version >= 7) expect(await store.audit.loadHead('chain-1')).toEqual(contents.auditHead);
  if (version >= 8) await expectExtensions(store);
  if (version >= 9) expect(await store.seals.load()).toEqual(new Map([['name', 'sealed']]));
  if (version >= 11) {
    expect((await store.invitations.list()).items).toEqual([extensions.invitation]);
    const { former } = extensions.emailChangeOf(version);
    if (version >= 12)
      expect(await store.formerEmails.load(former.id, frozen.frozenAt)).toEqual(former);
  }
  if (version >= 10) {
    const { id, purpose, mac } = extensions.verificationCode;
    const attempt = { id, purpose, macs: [mac], mostTries: 5 };
    expect(await store.verificationCodes.redeem(attempt, frozen.frozenAt)).toEqual({
      outcome: 'redeemed',
    });
  }
  if (version >= 13)
    expect(await store.passkeys.list(ada.id)).toEqual([extensions.newPasskey.passkey]);
  if (version >= 14) {
    const { factor, recoveryCodes } = extensions.enrolment;
    const recoveryCodesLeft = recoveryCodes.length;
    const expected = { ...factor, recoveryCodesLeft };
    expect(await store.secondFactors.load(factor.accountId)).toEqual(expected);
  }
  if (version >= 15) {
    const { seenSession } = extensions;
    const found = await store.sessions.load(seenSession.digest, 900, now);
    expect(found?.session).toEqual(seenSession);
  }
}

/** Since version 12 with another e-mail address. */
function niklausOf(version: number): Account {
  const { email, emailKey } = extensions.emailChange;
  const changed = version >= 12 ? { email, emailKey, emailVerified: true } : {};
  return { ...extensions.niklaus, ...changed };
}

async function expectFamilies(store: Store, version: number): Promise<void> {
  const { spentFamily, sessionFamily, endedFamily, rotation, rotatedAt } = contents;
  const { sessionId, ...withoutSession } = sessionFamily;
  expect(await store.families.load(spentFamily.id)).toEqual({
    ...spentFamily,
    previousDigest: rotation.presentedDigest,
    currentDigest: rotation.successorDigest,
    sealedSuccessor: rotation.sealedSuccessor,
    expiresAt: rotation.expiresAt,
    rotatedAt,
  });
  const expected = version >= 2 ? { ...withoutSession, sessionId } : withoutSession;
  expect(await store.families.load(sessionFamily.id)).toEqual(expected);
  expect(await store.families.load(endedFamily.id)).toEqual({ ...endedFamily, endedAt: now + 20 });
}

async function expectExtensions(store: Store): Promise<void> {
  const { termsFamily, pushedRequest, deferredRequest, keptAccessToken, delivery } = extensions;
  const { heatlens } = contents;
  expect(await store.families.load(termsFamily.id)).toEqual(termsFamily);
  expect(await store.pushedRequests.load(pushedRequest.digest, now)).toEqual(pushedRequest);
  expect(await store.deferred.load(deferredRequest.digest)).toEqual({
    ...deferredRequest,
    status: 'pending',
  });
  expect(await store.accessTokens.load(keptAccessToken.digest)).toEqual(keptAccessToken);
  expect(await store.deliveries.takeDue(now, 10, 5)).toEqual([
    { ...delivery, nextAt: now + 5, attempts: 1 },
  ]);
  expect(await store.clients.secretUses(heatlens.id)).toEqual(new Map([['sec_1', now]]));
}

async function expectApiKeys(store: Store): Promise<void> {
  const { apiKey, apiKeySuccessor, formerApiKeyExpiresAt: expiresAt } = contents;
  expect(await store.apiKeys.load(apiKey.id)).toEqual({ ...apiKey, expiresAt });
  expect(await store.apiKeys.load(apiKeySuccessor.id)).toEqual(apiKeySuccessor);
}

async function expectPermissions(store: Store): Promise<void> {
  const { permission, link } = contents;
  expect((await store.permissions.list({})).items).toEqual([permission]);
  expect((await store.permissions.listLinks('membership', {})).items).toEqual([link]);
}

/** What was in progress when the store was frozen continues, and what had ended stays ended. */
async function expectToGoOn(store: Store, version: number): Promise<void> {
  const { openCode, openFamily, spentCode, spentFamily, endedFamily, rotation, rotatedAt } =
    contents;
  const retried = await store.families.rotate(rotation, rotatedAt + 5);
  expect(retried).toEqual({ outcome: 'replayed', sealedSuccessor: rotation.sealedSuccessor });
  const next = { ...rotation, presentedDigest: rotation.successorDigest, successorDigest: 'next' };
  expect((await store.families.rotate(next, rotatedAt + 6)).outcome).toBe('rotated');
  const dead = {
    ...rotation,
    familyId: endedFamily.id,
    presentedDigest: endedFamily.currentDigest ?? '',
  };
  expect((await store.families.rotate(dead, rotatedAt)).outcome).toBe('ended');
  expect((await store.codes.redeem(openCode.digest, openFamily, now)).outcome).toBe('redeemed');
  expect((await store.codes.redeem(spentCode.digest, spentFamily, now)).outcome).toBe('reused');
  expect((await store.families.load(spentFamily.id))?.endedAt).toBe(now);
  const answered = { marker: contents.marker, code: { ...openCode, digest: 'other' } };
  expect((await store.codes.issue(answered, now)).outcome).toBe('answered-before');
  expect(await store.throttles.take([contents.bucket], now)).toBe(contents.bucket.intervalSeconds);
  if (version >= 2)
    expect(await store.statuses.assign(spentFamily.id)).toEqual({ list: 1, index: 0 });
  expect(await store.clients.disable(contents.heatlens.id, now)).toBe(true);
  expect((await store.families.load(openFamily.id))?.endedAt).toBe(now);
}

it('there is a frozen store of every version of the schema', () => {
  expect(files).toEqual(migrations.map(({ version }) => `${String(version).padStart(4, '0')}.sql`));
});

describe.each(sample(files, 3))('a store of schema %s', (file) => {
  const version = Number(file.slice(0, 4));
  const sql = readFileSync(join(folder, file), 'utf8');

  for (const [engine, thaw, isLeftOut] of [
    ['SQLite', thawOnSqlite, false],
    ['PostgreSQL', thawOnPostgres, isPostgresLeftOut],
  ] as const)
    it.skipIf(isLeftOut)(
      `is brought up to date with all that is in it, and goes on, ${engine}`,
      async () => {
        const { store, performEveryAct, close } = await thaw(sql);
        await expectContents(store, version);
        await expectToGoOn(store, version);
        await performEveryAct();
        await close();
      },
    );
});
