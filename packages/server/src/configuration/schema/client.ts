/**
 * An application, by the names of its metadata: as the table of client metadata says (core's
 * model/client-metadata.ts).
 */
import {
  type ClientMember,
  type ClientRegistration,
  clientRows,
  type MemberType,
} from '@keywright/core';
import * as z from 'zod';
import { jwkSet, limit, seconds, text } from './words.ts';

const tokenExchange = z.strictObject({
  impersonation: z
    .boolean()
    .optional()
    .describe(
      'The new token is for the subject and does not name the acting party. Off by default.',
    ),
  delegation: z
    .boolean()
    .optional()
    .describe('The new token names the acting party in `act`. Off by default.'),
  audiences: z
    .array(z.string())
    .describe('The identifiers of the APIs for which it may get tokens.'),
});

/** The members of each object, and what must be there. */
const objects: Readonly<Record<string, z.ZodType>> = {
  jwks: jwkSet,
  token_exchange: tokenExchange,
};

const choice = ({ values }: ClientMember): z.ZodType =>
  values === undefined ? z.string() : z.enum(values);

const schemas: Readonly<Record<MemberType, (row: ClientMember, name: string) => z.ZodType>> = {
  text: (row) => (row.isFilled ? text('') : choice(row)),
  texts: (row) => z.array(choice(row)),
  flag: () => z.boolean(),
  number: () => seconds(''),
  address: () => z.string(),
  addresses: () => z.array(z.string()),
  picture: () => z.string(),
  object: (_, name) => {
    const schema = objects[name];
    if (schema === undefined) throw new Error(`${name} has no schema of its members.`);
    return schema;
  },
};

/** Without `client_id` it would be another client at each start. */
const isDemanded = (name: string, row: ClientMember) =>
  row.isRequired === true || name === 'client_id';

const members = clientRows
  .filter(([, { by }]) => by.includes('file'))
  .map(([name, row]) => {
    const schema = schemas[row.type](row, name);
    return [
      name,
      (isDemanded(name, row) ? schema : schema.optional()).describe(row.meaning),
    ] as const;
  });

type Members = {
  readonly [Name in Exclude<keyof ClientRegistration, 'client_id'>]: z.ZodType<
    ClientRegistration[Name]
  >;
} & { readonly client_id: z.ZodType<string> };

export const clientSchema = z.strictObject({
  ...(Object.fromEntries(members) as unknown as Members),
  adopt: z
    .boolean()
    .optional()
    .describe(
      'Takes over the client with this id that was added by command or registered itself. The consents of its users stay. Without `client_secret` it keeps its secrets, and `keywright clients secret` makes new ones. Default: false.',
    ),
  limit: limit.describe('The limit of this client, instead of `limits.client`.'),
});
