/** The addresses of registration, where it is on at all, and what the metadata says of them. */
import type { Core } from '../../kernel/core.ts';
import { handleRegister } from './endpoint.ts';
import { deleteRegistration, readRegistration, replaceRegistration } from './management.ts';

/** A single-page application may register itself: no cookie is read here. */
const open = { channel: 'registration', cors: true } as const;

export function registrationRoutes({ options }: Pick<Core, 'options'>) {
  if (options.features.registration === 'off') return {};
  return {
    '/register': { methods: { POST: handleRegister }, ...open },
    '/register/*': {
      methods: { GET: readRegistration, PUT: replaceRegistration, DELETE: deleteRegistration },
      ...open,
    },
  } as const;
}

export function registrationMetadata({ options }: Pick<Core, 'options'>) {
  // RFC 8414 §2, OpenID Connect Discovery §3.
  return options.features.registration === 'off'
    ? {}
    : { registration_endpoint: `${options.issuer}/register` };
}
