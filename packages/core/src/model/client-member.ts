/**
 * A row of the table of client metadata (client-metadata.ts), and the short names by which the
 * table is written.
 */

import { type ResponseType, responseTypes } from '@keywright/wire';

/**
 * One value as JSON. `address` is a text that must be an https URL if the client itself sends it.
 * `picture` is a `data` address of a picture.
 */
export interface MemberValues {
  readonly text: string;
  readonly texts: readonly string[];
  readonly flag: boolean;
  readonly number: number;
  readonly address: string;
  readonly addresses: readonly string[];
  readonly object: object;
  readonly picture: string;
}
/** The name of the type of a member of client metadata. */
export type MemberType = keyof MemberValues;

/**
 * Who may say it. `client`: the client itself, when it registers, in its document, or by its
 * software statement. `administrator`: by the admin API or by command. `file`: the configuration
 * file.
 */
export type MemberSource = 'client' | 'administrator' | 'file';

export interface MemberChoices {
  /** Overrides the sources of its group. */
  readonly by?: readonly MemberSource[];
  /**
   * The allowed values. The configuration file checks them; for other sources, the check of the
   * row does.
   */
  readonly values?: readonly string[];
  /** No client without it. */
  readonly isRequired?: true;
  /** Not the empty text. */
  readonly isFilled?: true;
  /** The property of the client, if it is not a setting. */
  readonly property?: string;
  /** The name of the setting, if it is not its name in camel case. */
  readonly setting?: string;
  /** Which part of that setting, where several members make one. */
  readonly part?: string;
  /** The stored value, or undefined if nothing is stored. Default: the value itself. */
  readonly store?: (value: never) => unknown;
  /** Only administrators read it. */
  readonly isHidden?: true;
}

/**
 * One member of client metadata: its type, its section, who may set it, and a sentence for the
 * reference pages.
 */
export interface ClientMember extends MemberChoices {
  readonly type: MemberType;
  /** For the reference pages. */
  readonly meaning: string;
  /** The section that defines it. Names of this server have none. */
  readonly section: string;
  readonly by: readonly MemberSource[];
}

const member =
  <const Type extends MemberType>(type: Type) =>
  <const Choices extends MemberChoices>(meaning: string, choices?: Choices) =>
    ({ type, meaning, ...choices }) as { type: Type; meaning: string } & Choices;

export const text = member('text');
export const texts = member('texts');
export const flag = member('flag');
export const number = member('number');
export const address = member('address');
export const addresses = member('addresses');
export const object = member('object');
export const picture = member('picture');

export const everybody: readonly MemberSource[] = ['client', 'administrator', 'file'];
/** Only the operator sets it. */
export const operator: readonly MemberSource[] = ['administrator', 'file'];
export const notInFile: readonly MemberSource[] = ['client', 'administrator'];

/** Rows of one section with the same sources. */
export function of<Rows extends Readonly<Record<string, Omit<ClientMember, 'section' | 'by'>>>>(
  section: string,
  by: readonly MemberSource[],
  rows: Rows,
) {
  const whole = Object.entries(rows).map(([name, row]) => [name, { by, ...row, section }]);
  return Object.fromEntries(whole) as {
    readonly [Name in keyof Rows]: Rows[Name] & Pick<ClientMember, 'section' | 'by'>;
  };
}

/** How something is encrypted for the client, or by it: two members, and one setting. */
export function encryption<const Prefix extends string, const Setting extends string>(
  prefix: Prefix,
  setting: Setting,
  meaning: string,
) {
  const rows = {
    [`${prefix}_alg`]: text(meaning, { setting, part: 'alg' }),
    [`${prefix}_enc`]: text('The content encryption for it. Default A128CBC-HS256.', {
      setting,
      part: 'enc',
    }),
  };
  return rows as Record<
    `${Prefix}_alg` | `${Prefix}_enc`,
    { type: 'text'; meaning: string; setting: Setting; part: 'alg' | 'enc' }
  >;
}

/** One of the names that the certificate of a client may be known by (RFC 8705 §2.1.2). */
export function certificateName<const Part extends string>(part: Part, meaning: string) {
  return text(meaning, { setting: 'tlsClientAuth', part });
}

/** In lower case, as it is compared and as pages write it. */
export const storeColour = (colour: string): string => colour.toLowerCase();

/** If the other value is the default, only this one is stored. */
export const onlyTrue = (value: boolean): boolean | undefined => (value ? true : undefined);
export const onlyFalse = (value: boolean): false | undefined => (value ? undefined : false);

/** What the audiences of exchanged tokens may be, and for whom the service may speak (RFC 8693). */
export interface TokenExchangeRegistration {
  /** Whether the token may be for the subject itself, without the actor. */
  readonly impersonation?: boolean | undefined;
  /** Whether the token may be with an actor, who is in the token. */
  readonly delegation?: boolean | undefined;
  readonly audiences: readonly string[];
}

export function storeExchange({
  impersonation = false,
  delegation = false,
  audiences,
}: TokenExchangeRegistration) {
  return { impersonation, delegation, audiences };
}

/** Words in any order (Multiple Response Types §3); each type once. */
export function storeResponseTypes(types: readonly string[]): readonly ResponseType[] {
  const sorted = types.map((type) => type.split(' ').sort().join(' '));
  const known = sorted.flatMap((type) => responseTypes.find((one) => one === type) ?? []);
  return [...new Set(known)];
}

export function storeDetailTypes(types: readonly string[]): readonly string[] | undefined {
  return types.length === 0 ? undefined : [...new Set(types)];
}
