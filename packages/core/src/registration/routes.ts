/** The addresses of registration, where it is on at all, and what the metadata says of them. */
import type { Core } from '../core.ts';
import { takesDocuments } from '../documents/documents.ts';
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

export function registrationMetadata({ options, outbound }: Pick<Core, 'options' | 'outbound'>) {
  const { registration } = options.features;
  return {
    // RFC 8414 §2, OpenID Connect Discovery §3.
    ...(registration === 'off' ? {} : { registration_endpoint: `${options.issuer}/register` }),
    // Client ID Metadata Documents §6.
    ...(takesDocuments(options, outbound) ? { client_id_metadata_document_supported: true } : {}),
  };
}
