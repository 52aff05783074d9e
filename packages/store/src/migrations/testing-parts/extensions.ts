/**
 * The content of the stores since version 8: data of the extensions of the protocol. Append only,
 * like `contents.ts`.
 */
import type {
  Enrolment,
  Account,
  Delivery,
  EmailChange,
  Invitation,
  LogoutTarget,
  NewDeferredRequest,
  NewPasskey,
  PushedRequest,
  Session,
  Store,
  VerificationCode,
} from '@keywright/core';
import {
  accountOf,
  ada,
  clientOf,
  digest,
  familyOf,
  fillFirst,
  frozenAt,
  heatlens,
  session,
} from './contents.ts';

export const cardApp = clientOf('card-app', {
  name: 'Card app',
  settings: {
    profile: 'fapi-2',
    requirePushedRequests: true,
    backchannelLogoutUri: 'https://card.example/logout',
  },
});
export const joan: Account = {
  ...accountOf('usr_joan', 'Joan'),
  claims: { given_name: "Joan's", locale: 'en' },
};
export const termsFamily = familyOf('fam_terms', {
  terms: {
    acr: 'urn:sunrise:acr',
    authorizationDetails: [{ type: 'building', buildings: ['old-mill'] }],
  },
});
export const pushedRequest: PushedRequest = {
  digest: digest('pushed'),
  clientId: cardApp.id,
  body: 'sealed request',
  expiresAt: frozenAt + 60,
};
export const deferredRequest: NewDeferredRequest = {
  digest: digest('device code'),
  kind: 'device',
  userCodeMark: digest('WDJB-MJHT'),
  clientId: heatlens.id,
  ask: { scopes: ['openid'], audiences: [], network: '192.0.2.0/24' },
  intervalSeconds: 5,
  createdAt: frozenAt,
  expiresAt: frozenAt + 600,
};
export const keptAccessToken = {
  digest: digest('opaque token'),
  clientId: heatlens.id,
  claims: { sub: ada.id, scope: 'openid' },
  expiresAt: frozenAt + 600,
};
export const logoutTarget: LogoutTarget = {
  sessionId: session.id,
  clientId: cardApp.id,
  sid: digest('sid'),
  accountId: ada.id,
  subject: ada.id,
  expiresAt: session.expiresAt,
};
export const delivery: Delivery = {
  id: 'logout_1',
  kind: 'logout',
  clientId: cardApp.id,
  url: 'https://card.example/logout',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'logout_token=sealed',
  nextAt: frozenAt,
  expiresAt: frozenAt + 120,
};
export const newPasskey: NewPasskey = {
  passkey: {
    id: 'cGFzc2tleQ',
    accountId: ada.id,
    publicKey: 'Y29zZQ',
    counter: 7,
    transports: ['internal', 'hybrid'],
    aaguid: '00000000-0000-0000-0000-000000000000',
    isSyncable: true,
    isBackedUp: false,
    name: "Ada's phone",
    createdAt: frozenAt,
    lastUsedAt: frozenAt,
  },
  challenge: { id: digest('challenge'), expiresAt: frozenAt + 60 },
  most: 1,
  mail: undefined,
};

export const verificationCode: VerificationCode = {
  id: digest('code'),
  purpose: 'recovery',
  mac: digest('mac of code'),
  expiresAt: frozenAt + 600,
};

export const invitation: Invitation = {
  id: 'inv_1',
  email: 'Barbara@Example.com',
  emailKey: 'barbara@example.com',
  createdAt: frozenAt,
  expiresAt: frozenAt + 7 * 86_400,
};
export const niklaus: Account = {
  ...accountOf('usr_niklaus', 'Niklaus'),
  accepted: { terms: '2026-11-01', at: frozenAt },
};

export const emailChange: EmailChange = {
  email: 'niklaus@example.org',
  emailKey: 'niklaus@example.org',
  former: {
    id: 'fem_1',
    accountId: niklaus.id,
    email: niklaus.email,
    emailKey: niklaus.emailKey,
    changedAt: frozenAt,
    expiresAt: frozenAt + 7 * 86_400,
  },
  notice: undefined,
};

/** Since version 16, the time until which the account is trusted. */
export function emailChangeOf(version: number): EmailChange {
  const trusted = version >= 16 ? { trustedUntil: frozenAt - 7 * 86_400 } : {};
  return { ...emailChange, former: { ...emailChange.former, ...trusted } };
}

/** Its own account, because an enrolment ends the other sessions. */
export const enrolment: Enrolment = {
  factor: { accountId: joan.id, sealedSecret: 'sealed', lastStep: 7, createdAt: frozenAt },
  recoveryCodes: [digest('first recovery code'), digest('second recovery code')],
  renewed: {
    session: {
      ...session,
      id: 'ses_joan',
      digest: digest('session of joan'),
      accountId: joan.id,
      terms: { amr: ['pwd', 'otp', 'mfa'] },
    },
    formerDigest: digest('none'),
  },
  mail: undefined,
};

export const seenSession: Session = {
  ...session,
  id: 'ses_seen',
  digest: digest('seen session'),
  network: '2001:db8:85a3:8d3::/64',
  userAgent: 'Mozilla/5.0',
};

/** Uses the verbs of a store with this schema version. */
export async function fill(store: Store, version: number): Promise<void> {
  await fillFirst(store, version);
  if (version < 8) return;
  await store.clients.save(cardApp);
  await store.clients.touchSecret(heatlens.id, 'sec_1', frozenAt);
  await store.accounts.add(joan);
  await store.families.start(termsFamily);
  await store.pushedRequests.add(pushedRequest);
  await store.deferred.add(deferredRequest, frozenAt);
  await store.accessTokens.keep(keptAccessToken);
  await store.logouts.add(logoutTarget);
  await store.deliveries.add(delivery);
  if (version >= 9) await store.seals.add('name', 'sealed', frozenAt);
  if (version >= 10) await store.verificationCodes.add(verificationCode, undefined);
  if (version < 11) return;
  await store.invitations.add(invitation, undefined);
  await store.accounts.add(niklaus);
  if (version >= 12) await store.formerEmails.change(niklaus.id, emailChangeOf(version));
  if (version >= 13) await store.passkeys.add(newPasskey, frozenAt);
  if (version >= 14) {
    const { session: next, formerDigest } = enrolment.renewed;
    await store.sessions.start({ ...next, id: 'ses_before', digest: formerDigest });
    await store.secondFactors.enrol(enrolment, frozenAt);
  }
  if (version >= 15) await store.sessions.start(seenSession);
}
