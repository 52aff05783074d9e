/** Which passkeys there are. */
import * as z from 'zod';
import { text } from './words.ts';

const aaguid = z.guid('must be an AAGUID: 00000000-0000-0000-0000-000000000000');

const authenticators = z.strictObject({
  allow: z.array(aaguid).optional().describe('Only these models. Left out: all except `deny`.'),
  deny: z.array(aaguid).default([]).describe('Not these models.'),
  roots_file: text(
    'A file with the certificates of the makers, in PEM. An authenticator proves its model by a certificate that leads to one of them.',
  ),
});

export const passkeys = z.strictObject({
  rp_id: text(
    'The relying party identifier, to which passkeys are bound: the host of the issuer, or a domain above it. A change makes all passkeys unusable. Default: the host of the issuer.',
  ).optional(),
  origins: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'Other origins that may use these passkeys, for example after a move to another host. They are published at `/.well-known/webauthn`.',
    ),
  authenticators: authenticators
    .optional()
    .describe(
      'Which models of authenticators may be added, by their AAGUIDs. Each must prove its model. Passkeys of password managers and phones do not, so they are refused. Left out: all, and none is asked for its model.',
    ),
  names: z
    .record(aaguid, z.string().min(1).max(100))
    .optional()
    .describe('Names of models by their AAGUIDs. A new passkey has this name.'),
});
