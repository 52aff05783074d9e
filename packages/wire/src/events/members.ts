/**
 * The members that events may have. A name means the same in every event. There is no name for a
 * password, a token, a code or another secret, so no event can hold one.
 */
import type { RefusalReason } from '../refusals.ts';

type Texts = readonly string[];

/** The members that events may have, with their types. */
export interface EventMembers {
  // Whom and what it is about.
  readonly accountId: string;
  /** The mark of an e-mail address: it cannot be guessed back to the address. */
  readonly account: string;
  readonly clientId: string;
  readonly fromClientId: string;
  readonly service: string;
  readonly actor: string;
  readonly grantId: string;
  readonly familyId: string;
  readonly tokenId: string;
  readonly keyId: string;
  /** The credential id of a passkey. */
  readonly passkeyId: string;
  readonly aaguid: string;
  readonly secretId: string;
  readonly invitationId: string;
  readonly deliveryId: string;
  readonly kid: string;
  /** The digest by which a waiting request can be answered. */
  readonly digest: string;
  /** Who did it: a client, an account, or `user`, `client`, `configuration`, `command`. */
  readonly by: string;
  readonly network: string;
  readonly reportedFrom: string;
  readonly host: string;
  readonly issuer: string;
  readonly former: string;
  readonly kind: string;
  /** Of the terms of use. */
  readonly version: string;
  readonly trust: string;
  readonly grantTypes: Texts;
  readonly scopes: Texts;
  readonly declinedScopes: Texts;
  readonly audience: string | Texts;
  readonly environment: string;
  readonly detailType: string;
  readonly detailTypes: Texts;
  readonly detailsGranted: number;
  readonly detailsDeclined: number;
  readonly grantAction: string;
  readonly bindingMessage: string;
  readonly changed: Texts;
  readonly endsGrants: boolean;
  readonly otherSubjects: boolean;
  readonly overlapSeconds: number;
  readonly expiresAt: number;
  readonly formerExpiresAt: number;
  readonly activeAt: number;
  readonly algorithm: string;
  readonly replaces: string;
  readonly because: string;
  readonly uses: number;
  readonly place: string;
  // Permissions: a type and an id, as `user:usr_1`.
  readonly subject: string;
  readonly action: string;
  readonly resource: string;
  readonly member: string;
  readonly group: string;
  readonly child: string;
  readonly parent: string;
  readonly policy: string;
  readonly message: string;
  // A refusal, and what is known of its cause.
  readonly reason: RefusalReason;
  readonly decision: string;
  readonly status: number;
  readonly method: string;
  readonly path: string;
  readonly description: string;
  readonly scope: string;
  readonly note: string;
  readonly apiKey: string;
  readonly authentication: string;
  readonly endpoint: string;
  readonly grant: string;
  readonly grantType: string;
  readonly insteadOf: RefusalReason;
  readonly interval: number;
  readonly known: boolean;
  readonly lapsed: boolean;
  readonly limit: string;
  readonly outcome: string;
  readonly responseType: string;
  readonly scheme: string;
  readonly sent: boolean;
  readonly shown: boolean;
  readonly sign: string;
  // Faults, overload and deliveries.
  readonly error: unknown;
  readonly advice: string;
  readonly refused: number;
  readonly inWork: number;
  readonly most: number;
  readonly attempts: number;
  readonly fault: string;
  readonly answered: number;
  readonly isOver: boolean;
  // The audit, and acts on a whole database.
  readonly chain: string;
  readonly position: number;
  readonly hash: string;
  readonly links: readonly object[];
  readonly process: string;
  readonly pid: number;
  readonly retentionDays: number;
  readonly event: string;
  readonly of: string;
  readonly at: string;
  readonly count: number;
  readonly entries: number;
  readonly since: number;
  readonly until: number;
  readonly takenAt: number | string;
  readonly resealed: number;
  readonly left: number;
}
