/**
 * The admin API of stored permissions (docs/reference/permissions-api.md §2): set, delete, list.
 */
import type { Core } from '../../kernel/core.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import { empty, json } from '../../kernel/http/responses.ts';
import type { Client } from '../../model/entities.ts';
import {
  answerList,
  entityParameters,
  optionalEntity,
  pageParameters,
  parseAddress,
  requireEntityParameters,
} from '../../kernel/json-api/listing.ts';
import {
  assertText,
  missing,
  parseObject,
  requireEntity,
  requireObject,
  requireText,
} from '../../kernel/json-api/members.ts';
import { longestName, nameEntity, type Permission } from '../../model/access.ts';

type NewPermission = Omit<Permission, 'createdAt'>;

/** Idempotent: 201 if it is new, 200 if it existed. */
export async function setPermission(
  core: Core,
  request: HttpRequest,
  client: Client,
): Promise<HttpResponse> {
  const body = parseObject(request);
  const action = requireText(requireObject(body, 'action'), 'name', 'action.');
  assertText('action.name', action, longestName);
  const permission = {
    subject: requireEntity(body, 'subject'),
    action,
    resource: requireEntity(body, 'resource'),
  };
  const isNew = await core.store.permissions.set({
    ...permission,
    createdAt: core.clock.nowSeconds(),
  });
  if (isNew) tell(core, 'permission.set', permission, client);
  return json(render(permission), isNew ? 201 : 200);
}

/**
 * Idempotent: 204, whether it existed or not. The permission is in the address, because a proxy may
 * drop the body of a DELETE.
 */
export async function deletePermission(
  core: Core,
  request: HttpRequest,
  client: Client,
): Promise<HttpResponse> {
  const parameters = parseAddress(request, filterParameters);
  const action = parameters.get('action') ?? missing('action');
  assertText('action', action, longestName);
  const permission = {
    subject: requireEntityParameters(parameters, 'subject'),
    action,
    resource: requireEntityParameters(parameters, 'resource'),
  };
  if (await core.store.permissions.remove(permission))
    tell(core, 'permission.deleted', permission, client);
  return empty(204);
}

const entities = [...entityParameters('subject'), ...entityParameters('resource')];
const filterParameters = [...entities, 'action'];

export async function listPermissions(core: Core, request: HttpRequest): Promise<HttpResponse> {
  const parameters = parseAddress(request, [...entities, ...pageParameters]);
  const [subject, resource] = [
    optionalEntity(parameters, 'subject'),
    optionalEntity(parameters, 'resource'),
  ];
  const filter = {
    ...(subject === undefined ? {} : { subject }),
    ...(resource === undefined ? {} : { resource }),
  };
  return answerList(core, parameters, ['permissions', filter], {
    name: 'permissions',
    load: (paging) => core.store.permissions.list(filter, paging),
    render: (permission) => ({ ...render(permission), created_at: permission.createdAt }),
  });
}

function render({ subject, action, resource }: NewPermission) {
  return { subject, action: { name: action }, resource };
}

function tell(
  core: Core,
  type: 'permission.set' | 'permission.deleted',
  { subject, action, resource }: NewPermission,
  { id }: Client,
): void {
  const what = { subject: nameEntity(subject), action, resource: nameEntity(resource) };
  core.events.emit({ type, clientId: id, ...what });
}
