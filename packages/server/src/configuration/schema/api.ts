/** An API that receives tokens. */
import { keyAlgorithms } from '@keywright/core';
import * as z from 'zod';
import { text } from './words.ts';

const detailTypeSchema = z.strictObject({
  type: text('As it stands in `type`. Each type belongs to one API.'),
  name: text('Heads it at consent.'),
  description: text(
    'A sentence for the person, in which `{member}` stands for what the request has there.',
  ),
  resources: z
    .string()
    .optional()
    .describe('The member whose values are single things: the person takes or leaves each.'),
  every_time: z
    .boolean()
    .optional()
    .describe(
      'The person is asked at each request, whatever they agreed to before: for what is done once, as a payment.',
    ),
  schema: z
    .record(z.string(), z.unknown())
    .describe(
      'All members but `type` and `locations`, in a part of JSON Schema: `object` (`properties`, `required`), `string` (`enum`, `words`, `maxLength`), `integer` (`minimum`, `maximum`), `boolean`, and `array` of strings (`items`, `maxItems`); each may have a `title`.',
    ),
});

export const apiSchema = z.strictObject({
  identifier: text(
    'The audience of its tokens and the value of `resource` (RFC 8707): an absolute URI.',
  ),
  name: text('Shown at consent.'),
  scopes: z
    .array(
      z.strictObject({
        name: text('As it stands in `scope`. Each scope belongs to one API.'),
        description: text('In plain words, from the side of the person who is asked.'),
      }),
    )
    .describe('What can be done there.'),
  introspectors: z
    .array(z.string())
    .optional()
    .describe('Ids of the service clients that may introspect its tokens.'),
  access_token_signing_alg: z
    .enum(keyAlgorithms)
    .optional()
    .describe('Algorithm of its access tokens, one of `keys.algorithms`. Default ES256.'),
  access_token_format: z
    .enum(['jwt', 'opaque'])
    .default('jwt')
    .describe(
      'With `opaque` its tokens say nothing: the API asks about each by introspection, and one that was revoked is gone at once.',
    ),
  authorization_details_types: z
    .array(detailTypeSchema)
    .optional()
    .describe(
      'What may be asked for beyond scopes (RFC 9396), of which the person can take single things.',
    ),
  token_status: z
    .boolean()
    .default(false)
    .describe(
      'Its tokens have a place in a published list, by which its guard learns within seconds that one has ended.',
    ),
});
