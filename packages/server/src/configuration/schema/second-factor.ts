/** Where two factors are demanded. */
import { tierNames } from '@keywright/core';
import * as z from 'zod';

export const secondFactor = z.strictObject({
  tiers: z.array(z.enum(tierNames)).optional().describe('All clients of these tiers.'),
  clients: z.array(z.string().min(1)).optional().describe('Single clients, by their ids.'),
  scopes: z
    .array(z.string().min(1))
    .optional()
    .describe('Requests for one of these scopes, from any client.'),
  groups: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'Users in one of these groups of the permissions, at every application: `group:staff`, `role:administrator`. Without a type, it is `group`. Groups in groups count.',
    ),
});
