/**
 * What a browser returns for a passkey, as JSON (Web Authentication §5.1.8). The port verifies it.
 * Here only what must be known before: which passkey, and which challenge.
 */
import { isObject, type JsonObject, parseJsonObject } from '@keywright/jwt';

export interface PasskeyResponse {
  /** The credential id, in base64url. */
  readonly id: string;
  readonly challenge: string;
  /** The account that the authenticator stored with the passkey, in base64url. */
  readonly userHandle: string | undefined;
  readonly transports: readonly string[];
  readonly json: JsonObject;
}

/** Attestations with their certificates have some kilobytes. */
const longest = 32_768;
/** §4: a credential id has at most 1023 bytes. */
const idForm = /^[\w-]{16,1364}$/;
const transportForm = /^[a-z-]{1,20}$/;

/** Undefined for everything that no browser returns on a page of this server. */
export function parsePasskeyResponse(text: string | undefined): PasskeyResponse | undefined {
  if (text === undefined || text.length > longest) return undefined;
  const json = parseJsonObject(Buffer.from(text));
  const response = json?.['response'];
  if (json === undefined || !isObject(response)) return undefined;
  const { id, rawId } = json;
  const { clientDataJSON, userHandle, transports } = response;
  if (typeof id !== 'string' || id !== rawId || !idForm.test(id)) return undefined;
  if (typeof clientDataJSON !== 'string') return undefined;
  const clientData = parseJsonObject(Buffer.from(clientDataJSON, 'base64url'));
  const challenge = clientData?.['challenge'];
  // §7.1 step 10, §7.2 step 14: no frame of another site shows our pages.
  if (typeof challenge !== 'string' || clientData?.['crossOrigin'] === true) return undefined;
  return {
    id,
    challenge,
    userHandle: typeof userHandle === 'string' ? userHandle : undefined,
    transports: Array.isArray(transports) ? transports.filter(isTransport).slice(0, 8) : [],
    json,
  };
}

function isTransport(value: unknown): value is string {
  return typeof value === 'string' && transportForm.test(value);
}
