/** An API that receives tokens. */
import { keyAlgorithms } from '@keywright/core';
import * as z from 'zod';
import { text } from './words.ts';

const detailTypeSchema = z.strictObject({
  type: text('The value of `type`. Each type belongs to one API.'),
  name: text('The heading on the consent page.'),
  description: text('A sentence for the user. `{member}` is replaced by the value in the request.'),
  resources: z
    .string()
    .optional()
    .describe(
      'The member whose values are separate items. The user accepts or declines each item.',
    ),
  every_time: z
    .boolean()
    .optional()
    .describe(
      'The user is asked at each request, whatever they agreed to before. For single actions, such as a payment.',
    ),
  resolver: z
    .string()
    .regex(/^https?:\/\//, 'must be an address')
    .optional()
    .describe(
      'An https address at the API that gives the names of items, for the consent page. The server calls it with a token of its own.',
    ),
  choices: z
    .boolean()
    .optional()
    .describe(
      'An application may leave out the items. Then the consent page lists those of the user, who picks some. Needs `resolver`.',
    ),
  schema: z
    .record(z.string(), z.unknown())
    .describe(
      'All members except `type` and `locations`, in a part of JSON Schema: `object` (`properties`, `required`), `string` (`enum`, `words`, `maxLength`), `integer` (`minimum`, `maximum`), `boolean`, and `array` of strings (`items`, `maxItems`). Each may have a `title`.',
    ),
});

export const apiSchema = z.strictObject({
  identifier: text(
    'The audience of its tokens, and the value of `resource` (RFC 8707): an absolute URI.',
  ),
  name: text('Shown on the consent page.'),
  scopes: z
    .array(
      z.strictObject({
        name: text('The value in `scope`. Each scope belongs to one API.'),
        description: text('In plain words, from the point of view of the user.'),
      }),
    )
    .describe('The scopes of the API.'),
  introspectors: z
    .array(z.string())
    .optional()
    .describe('Ids of the service clients that may introspect its tokens.'),
  access_token_signing_alg: z
    .enum(keyAlgorithms)
    .optional()
    .describe('The algorithm of its access tokens, one of `keys.algorithms`. Default ES256.'),
  access_token_format: z
    .enum(['jwt', 'opaque'])
    .default('jwt')
    .describe(
      'With `opaque`, its tokens contain no claims. The API asks about each token by introspection, and a revoked token ends at once.',
    ),
  authorization_details_types: z
    .array(detailTypeSchema)
    .optional()
    .describe(
      'Types of authorization details (RFC 9396). The user can accept single items of them.',
    ),
  token_status: z
    .boolean()
    .default(false)
    .describe(
      'Its tokens have an entry in a published list. From this list the guard learns within seconds that a token has ended.',
    ),
});
