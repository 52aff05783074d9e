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
    .describe('For the subject, without a word of who acts. Off by default.'),
  delegation: z
    .boolean()
    .optional()
    .describe('With an actor, who stands in the token as `act`. Off by default.'),
  audiences: z
    .array(z.string())
    .describe('The APIs that it may get tokens for: their identifiers.'),
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
      'Takes over the client of this id that was added by command, or registered itself, with what users gave it. Without `client_secret` it keeps its secrets, and `keywright clients secret` makes new ones. Default: false.',
    ),
  limit: limit.describe('Its own, in place of `limits.client`.'),
});
