/** Dynamic client registration (RFC 7591, RFC 7592). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { handleRegister } from './endpoint.ts';
import { deleteRegistration, readRegistration, replaceRegistration } from './management.ts';

/** A single-page application may register itself, because no cookie is read here. */
const open = { channel: 'registration', cors: true } as const;

export const registration: Feature<'registration'> = {
  name: 'registration',
  routes: () => ({
    '/register': {
      methods: { POST: handleRegister },
      ...open,
      // RFC 8414 §2, OpenID Connect Discovery §3.
      announced: { as: 'registration_endpoint', takesCertificates: false },
    },
    '/register/*': {
      methods: { GET: readRegistration, PUT: replaceRegistration, DELETE: deleteRegistration },
      ...open,
    },
  }),
};
