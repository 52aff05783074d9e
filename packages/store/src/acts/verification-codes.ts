/** Codes that people get by mail. */
import type {
  CodeOutcome,
  CodeTry,
  Delivery,
  VerificationCode,
  VerificationCodeStore,
} from '@keywright/core';
import { type Act, last, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, serializable, single } from '../kept.ts';
import { deleteEnded } from '../pruning.ts';
import { insertDelivery } from './deliveries.ts';

const codeRows = rowsOf<VerificationCode & { readonly tries: number }>('verification_codes', {
  id: 'plain',
  purpose: 'plain',
  mac: 'plain',
  tries: 'plain',
  expiresAt: 'plain',
});

export const verificationCodes: Kept<VerificationCodeStore> = {
  tables: { verification_codes: deleteEnded('verification_codes', 'id', 'expires_at') },
  verbs: {
    add: serializable({ addVerificationCode }),
    redeem: single({ redeemVerificationCode }),
  },
  migrations: [
    {
      version: 10,
      name: 'verification codes',
      worksWith: 9,
      statements: [
        `CREATE TABLE verification_codes (
      id TEXT NOT NULL PRIMARY KEY,
      purpose TEXT NOT NULL,
      mac TEXT NOT NULL,
      tries BIGINT NOT NULL,
      used_at BIGINT,
      expires_at BIGINT NOT NULL
    )`,
        'CREATE INDEX verification_codes_by_end ON verification_codes (expires_at)',
      ],
    },
  ],
};

function* addVerificationCode(code: VerificationCode, mail: Delivery | undefined): Act<void> {
  if (mail !== undefined) yield insertDelivery(mail);
  yield last(statement(codeRows.insert, ...codeRows.valuesOf({ ...code, tries: 0 })));
}

/** One statement counts the try and spends the code, so that parallel tries count one by one. */
function* redeemVerificationCode(
  { id, purpose, macs, mostTries }: CodeTry,
  now: number,
): Act<CodeOutcome> {
  const places = macs.map((_, index) => `$${index + 5}`).join(', ');
  const { rows } = yield statement(
    `UPDATE verification_codes
      SET tries = tries + 1, used_at = CASE WHEN mac IN (${places}) THEN CAST($3 AS BIGINT) END
      WHERE id = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 AND tries < $4
      RETURNING tries, used_at`,
    id,
    purpose,
    now,
    mostTries,
    ...macs,
  );
  const row = rows[0];
  if (row === undefined) return { outcome: 'gone' };
  if (row.used_at !== null) return { outcome: 'redeemed' };
  return { outcome: 'wrong', triesLeft: mostTries - Number(row.tries) };
}
