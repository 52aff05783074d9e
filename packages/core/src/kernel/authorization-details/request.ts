/**
 * The parameter `authorization_details` (RFC 9396 §2, §3, §5), parsed strictly. It may contain only
 * what its type declares.
 */
import { OAuthError } from '../../model/errors.ts';
import { parseJsonText } from '../http/json-body.ts';
import type { Client } from '../../model/entities.ts';
import type { AuthorizationDetail } from '../../model/terms.ts';
import { openChoiceOf, partsOf } from './parts.ts';
import { readObject } from './schema.ts';
import { detailTypesOf, type FoundType } from './type.ts';
import type { ApiDirectory } from '../../model/services.ts';
import type { ObjectSchema } from '../../model/api-settings.ts';

/** It is carried in an address, sealed. */
const maxBytes = 4096;
const maxDetails = 20;
/** After it was split into one detail for each resource. */
const maxParts = 100;

/** Returns the details with their members in the order of their types. Throws details_invalid. */
export function parseDetails(
  text: string,
  client: Client,
  apis: ApiDirectory,
): readonly AuthorizationDetail[] {
  if (Buffer.byteLength(text) > maxBytes)
    throw detailsInvalid(`They are longer than ${maxBytes} bytes.`);
  const value = parseJsonText(text, (problem) => detailsInvalid(`The text ${problem}`));
  if (!Array.isArray(value) || value.length === 0 || value.length > maxDetails)
    throw detailsInvalid(`They must be an array of 1 to ${maxDetails} objects.`);
  const details = value.map((one: unknown, index) => readDetail(one, `[${index}]`, client, apis));
  const open = details.map((one) => (openChoiceOf(one, apis)?.most ?? 1) - 1);
  if (open.reduce((sum, more) => sum + more, partsOf(details, apis).length) > maxParts)
    throw detailsInvalid(`They name more than ${maxParts} resources.`);
  return details;
}

function readDetail(
  value: unknown,
  at: string,
  client: Client,
  apis: ApiDirectory,
): AuthorizationDetail {
  const type = typeOf(value);
  // §2: type is required. §5: the server must refuse unknown types. §10: and types for which the
  // client is not registered.
  if (type === undefined) throw detailsInvalid(`${at} must be an object with a type.`);
  const found = findType(type, client, apis);
  if (found === undefined)
    throw detailsInvalid(`${at} has a type that is unknown or that this client may not use.`);
  return readAs(value, found, at);
}

function typeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'type'))
    return undefined;
  const { type } = value as { readonly type: unknown };
  return typeof type === 'string' ? type : undefined;
}

/** The type, if its API declares it and the client is registered for it. */
export function findType(type: string, client: Client, apis: ApiDirectory): FoundType | undefined {
  return client.settings?.authorizationDetailsTypes?.includes(type) === true
    ? detailTypesOf(apis).get(type)
    : undefined;
}

function readAs(value: unknown, { type, api }: FoundType, at: string): AuthorizationDetail {
  const whole: ObjectSchema = {
    ...type.schema,
    properties: {
      type: { type: 'string' },
      // §2.2: where the detail is used. A type belongs to one API, so there is only one location.
      locations: {
        type: 'array',
        items: { type: 'string', enum: [api.identifier], maxLength: 2048 },
      },
      ...type.schema.properties,
    },
  };
  return readObject(value, whole, at, detailsInvalid) as AuthorizationDetail;
}

/** Whether an agreed detail still fits its type. */
export function isStillValid(detail: AuthorizationDetail, found: FoundType): boolean {
  try {
    readAs(detail, found, '');
    return true;
  } catch (error) {
    if (error instanceof OAuthError) return false;
    throw error;
  }
}

/** The APIs of the details, each once. */
export function audiencesOfDetails(
  details: readonly AuthorizationDetail[],
  apis: ApiDirectory,
): readonly string[] {
  const types = detailTypesOf(apis);
  return [...new Set(details.flatMap(({ type }) => types.get(type)?.api.identifier ?? []))];
}

export function detailsInvalid(description: string): OAuthError {
  return new OAuthError('details_invalid', {
    description: `authorization_details: ${description}`,
  });
}
