/**
 * The routes of permissions: the admin API, and AuthZEN (Authorization API 1.0 §10.1) if there is a
 * decision point.
 */
import type { Core } from '../../kernel/core.ts';
import { handleEvaluation } from './evaluation.ts';
import { handleEvaluations } from './evaluations.ts';
import { linkEndpoints } from './links.ts';
import { memberships, parents } from '../../model/access.ts';
import { createDecisionMetadata } from './metadata.ts';
import { deletePermission, listPermissions, setPermission } from './permissions.ts';
import { handleSearchAction, handleSearchResource, handleSearchSubject } from './search.ts';
import {
  administration as service,
  protect,
  type ServiceEndpoint,
} from '../../kernel/json-api/service.ts';

interface Listed {
  readonly set: ServiceEndpoint;
  readonly delete: ServiceEndpoint;
  readonly list: ServiceEndpoint;
}

function administer({ set, delete: remove, list }: Listed) {
  const PUT = protect('permissions:write', set);
  const DELETE = protect('permissions:write', remove);
  return { methods: { GET: protect('permissions:read', list), PUT, DELETE }, ...service };
}

function check(endpoint: ServiceEndpoint) {
  return {
    methods: { POST: protect('permissions:check', endpoint) },
    ...service,
    refusalId: 'decision_id',
  } as const;
}

const adminRoutes = {
  '/admin/permissions': administer({
    set: setPermission,
    delete: deletePermission,
    list: listPermissions,
  }),
  '/admin/memberships': administer(linkEndpoints(memberships)),
  '/admin/parents': administer(linkEndpoints(parents)),
};

function decisionRoutes(core: Core) {
  return {
    '/access/v1/evaluation': check(handleEvaluation),
    '/access/v1/evaluations': check(handleEvaluations),
    '/access/v1/search/subject': check(handleSearchSubject),
    '/access/v1/search/resource': check(handleSearchResource),
    '/access/v1/search/action': check(handleSearchAction),
    // Authorization API 1.0 §9.2.
    '/.well-known/authzen-configuration': {
      methods: { GET: createDecisionMetadata(core) },
      channel: 'json',
      cors: true,
      wellKnown: 'before-path',
    },
  } as const;
}

export function accessRoutes(core: Core) {
  return { ...adminRoutes, ...(core.decisions === undefined ? {} : decisionRoutes(core)) };
}
