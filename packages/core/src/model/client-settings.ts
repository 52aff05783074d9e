/**
 * Client metadata that only some clients have, as it is stored in JSON. Its members follow from
 * the table (client-metadata.ts): each has the name of its row in camel case, or the one that the
 * row gives it.
 */
import type { clientMembers } from './client-metadata.ts';
import type { MemberValues } from './client-member.ts';

export { type ProfileName, profileNames } from './client-kind.ts';

type Table = typeof clientMembers;
export type ClientMemberName = keyof Table;

/** How something is encrypted for the client: key management and content (RFC 7518 §4.1, §5.1). */
export interface EncryptionChoice {
  readonly alg: string;
  readonly enc: string;
}

/** One name in its certificate, for `tls_client_auth` (RFC 8705 §2.1.2). */
export interface CertificateName {
  readonly kind: 'subject_dn' | 'san_dns' | 'san_uri' | 'san_ip' | 'san_email';
  readonly value: string;
}

/** A JWK Set (RFC 7517 §5), its keys not checked. */
export interface JwkSet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** The setting of a row, or never if it is a property of the client itself. */
type SettingOf<Name extends ClientMemberName> = Table[Name] extends { property: string }
  ? never
  : Table[Name] extends { setting: infer Setting extends string }
    ? Setting
    : CamelCase<Name>;

type StoredOf<Row> = Row extends { setting: 'tlsClientAuth' }
  ? CertificateName
  : Row extends { part: string }
    ? EncryptionChoice
    : Row extends { store: (value: never) => infer Stored }
      ? Exclude<Stored, undefined>
      : Row extends { type: 'object' }
        ? JwkSet
        : Row extends { type: 'texts'; values: readonly (infer Value)[] }
          ? readonly Value[]
          : Row extends { type: 'text'; values: readonly (infer Value)[] }
            ? Value
            : Row extends { type: infer Type extends keyof MemberValues }
              ? MemberValues[Type]
              : never;

type Settings = {
  readonly [Name in ClientMemberName as SettingOf<Name>]?: StoredOf<Table[Name]>;
};

/** Client metadata that most clients do not have, checked. Absent members have their defaults. */
export interface ClientSettings extends Settings {
  /** As it was received (RFC 7591 §2.3). */
  readonly softwareStatement?: string;
  /** The digest of the token that manages a client that registered itself (RFC 7592). */
  readonly registrationTokenDigest?: string;
}
