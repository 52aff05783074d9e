/**
 * The admin API for programs (docs/reference/admin-api.md). Only first-party services may call it,
 * each with a scope of the built-in API. Ids are in the query and not in the path, because an id
 * may be an address.
 */
import { administration as service, protect } from '../../kernel/json-api/service.ts';
import {
  disableAccount,
  enableAccount,
  listAccounts,
  removeSecondFactor,
  setPassword,
} from './accounts.ts';
import { updateClient } from './client-changes.ts';
import {
  createClient,
  disableClient,
  enableClient,
  listClients,
  renewClientSecret,
} from './clients.ts';
import { listKeys, rotateSigningKeys } from './keys.ts';
import { makeRegistrationToken } from './registration-tokens.ts';
import { answerRequest, listRequests } from './requests.ts';

export const administrationRoutes = {
  '/admin/v1/clients': {
    methods: {
      GET: protect('clients:read', listClients),
      POST: protect('clients:write', createClient),
      PATCH: protect('clients:write', updateClient),
      DELETE: protect('clients:write', disableClient),
    },
    ...service,
  },
  '/admin/v1/clients/enable': {
    methods: { POST: protect('clients:write', enableClient) },
    ...service,
  },
  '/admin/v1/clients/secret': {
    methods: { POST: protect('clients:write', renewClientSecret) },
    ...service,
  },
  '/admin/v1/keys': {
    methods: {
      GET: protect('keys:write', listKeys),
      POST: protect('keys:write', rotateSigningKeys),
    },
    ...service,
  },
  '/admin/v1/requests': {
    methods: {
      GET: protect('requests:answer', listRequests),
      POST: protect('requests:answer', answerRequest),
    },
    ...service,
  },
  '/admin/v1/registration-tokens': {
    methods: { POST: protect('registration:write', makeRegistrationToken) },
    ...service,
  },
  '/admin/v1/accounts': {
    methods: {
      GET: protect('accounts:manage', listAccounts),
      DELETE: protect('accounts:manage', disableAccount),
    },
    ...service,
  },
  '/admin/v1/accounts/enable': {
    methods: { POST: protect('accounts:manage', enableAccount) },
    ...service,
  },
  '/admin/v1/accounts/password': {
    methods: { POST: protect('accounts:password', setPassword) },
    ...service,
  },
  '/admin/v1/accounts/second-factor': {
    methods: { DELETE: protect('accounts:password', removeSecondFactor) },
    ...service,
  },
};
