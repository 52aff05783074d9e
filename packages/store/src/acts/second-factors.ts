/** Second factors of accounts, and their recovery codes. */
import type {
  Delivery,
  Enrolment,
  KeptSecondFactor,
  SecondFactor,
  SecondFactorStore,
} from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, reading, serializable } from '../kept.ts';
import { insertDelivery } from './deliveries.ts';
import { endOtherSessionsOfAccount, mayRenew, putInPlace } from './sessions.ts';
import { voidApprovedOfAccount } from './unspent.ts';

const factorRows = rowsOf<SecondFactor>('second_factors', {
  accountId: 'plain',
  sealedSecret: 'plain',
  lastStep: 'plain',
  createdAt: 'plain',
});

const keeps = 'they are removed by their user or an operator';

export const secondFactors: Kept<SecondFactorStore> = {
  tables: { second_factors: { keeps }, recovery_codes: { keeps } },
  verbs: {
    load: reading({ loadSecondFactor }),
    enrol: serializable({ enrolSecondFactor }),
    useStep: serializable({ useStepOfSecondFactor }),
    useRecoveryCode: serializable({ useRecoveryCode }),
    replaceRecoveryCodes: serializable({ replaceRecoveryCodes }),
    remove: serializable({ removeSecondFactor }),
  },
  migrations: [
    {
      version: 14,
      name: 'second factors',
      worksWith: 13,
      statements: [
        `CREATE TABLE second_factors (
      account_id TEXT NOT NULL PRIMARY KEY,
      sealed_secret TEXT NOT NULL,
      last_step BIGINT NOT NULL,
      created_at BIGINT NOT NULL
    )`,
        `CREATE TABLE recovery_codes (
      digest TEXT NOT NULL PRIMARY KEY,
      account_id TEXT NOT NULL
    )`,
        'CREATE INDEX recovery_codes_by_account ON recovery_codes (account_id)',
      ],
    },
  ],
};

const countCodes = 'SELECT COUNT(*) AS left_over FROM recovery_codes WHERE account_id = $1';

function* loadSecondFactor(accountId: string): Act<KeptSecondFactor | undefined> {
  const { rows } = yield statement(
    `SELECT ${factorRows.columns}, (${countCodes}) AS left_over FROM second_factors WHERE account_id = $1`,
    accountId,
  );
  const [row] = rows;
  return row && { ...factorRows.read(row), recoveryCodesLeft: Number(row.left_over) };
}

function* enrolSecondFactor(enrolment: Enrolment, now: number): Act<boolean> {
  const { factor, recoveryCodes, renewed, mail } = enrolment;
  if (!(yield* mayRenew(renewed, now))) return false;
  const { changes } = yield statement(
    `${factorRows.insert} ON CONFLICT (account_id) DO NOTHING`,
    ...factorRows.valuesOf(factor),
  );
  if (changes === 0) return false;
  yield* insertCodes(factor.accountId, recoveryCodes);
  if (mail !== undefined) yield insertDelivery(mail);
  yield* putInPlace(renewed);
  yield* endOtherSessionsOfAccount(factor.accountId, renewed.session.id, now);
  yield* voidApprovedOfAccount(factor.accountId);
  return true;
}

/** Of two uses at once, the row count decides. */
function* useStepOfSecondFactor(accountId: string, step: number): Act<boolean> {
  const { changes } = yield statement(
    'UPDATE second_factors SET last_step = $2 WHERE account_id = $1 AND last_step < $2',
    accountId,
    step,
  );
  return changes === 1;
}

function* useRecoveryCode(
  accountId: string,
  digest: string,
  mail: Delivery | undefined,
): Act<number | undefined> {
  const { changes } = yield statement(
    'DELETE FROM recovery_codes WHERE digest = $1 AND account_id = $2',
    digest,
    accountId,
  );
  if (changes === 0) return undefined;
  if (mail !== undefined) yield insertDelivery(mail);
  const { rows } = yield statement(countCodes, accountId);
  return Number(rows[0]?.left_over);
}

function* replaceRecoveryCodes(
  accountId: string,
  digests: readonly string[],
  mail: Delivery | undefined,
): Act<boolean> {
  const { rows } = yield statement('SELECT 1 FROM second_factors WHERE account_id = $1', accountId);
  if (rows.length === 0) return false;
  yield statement('DELETE FROM recovery_codes WHERE account_id = $1', accountId);
  yield* insertCodes(accountId, digests);
  if (mail !== undefined) yield insertDelivery(mail);
  return true;
}

/** With its recovery codes, if it was added at this time or later. Answers whether it was there. */
export function* removeSecondFactorSince(accountId: string, since: number): Act<boolean> {
  const { changes } = yield statement(
    'DELETE FROM second_factors WHERE account_id = $1 AND created_at >= $2',
    accountId,
    since,
  );
  if (changes === 0) return false;
  yield statement('DELETE FROM recovery_codes WHERE account_id = $1', accountId);
  return true;
}

function* removeSecondFactor(accountId: string, mail: Delivery | undefined): Act<boolean> {
  if (!(yield* removeSecondFactorSince(accountId, 0))) return false;
  if (mail !== undefined) yield insertDelivery(mail);
  return true;
}

function* insertCodes(accountId: string, digests: readonly string[]): Act<void> {
  for (const digest of digests)
    yield statement(
      'INSERT INTO recovery_codes (digest, account_id) VALUES ($1, $2)',
      digest,
      accountId,
    );
}
