/**
 * The sender constraint of a token: only the holder of a key (RFC 9449 §6) or of a certificate (RFC
 * 8705 §3.1) may use it.
 */
import { type JsonObject, JwtError } from '@keywright/jwt';

export interface Binding {
  /** RFC 7638 thumbprint of a DPoP key: `cnf.jkt`. */
  readonly keyThumbprint: string | undefined;
  /** SHA-256 of a certificate: `cnf["x5t#S256"]`. */
  readonly certificateThumbprint: string | undefined;
}

/**
 * The binding of a verified token. Undefined for a bearer token.
 * @throws JwtError `token_malformed`; `token_binding_wrong` for an unknown kind of binding. Nobody
 *   can prove such a binding here, and the token must not work without it (RFC 7800 §3.1).
 */
export function bindingOf({ cnf }: JsonObject): Binding | undefined {
  if (cnf === undefined) return undefined;
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) throw malformed();
  const { jkt, 'x5t#S256': x5t } = cnf as JsonObject;
  if (!isThumbprint(jkt) || !isThumbprint(x5t)) throw malformed();
  if (jkt === undefined && x5t === undefined)
    throw new JwtError('token_binding_wrong', 'cnf has an unsupported kind');
  return { keyThumbprint: jkt, certificateThumbprint: x5t };
}

function isThumbprint(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '');
}

function malformed(): JwtError {
  return new JwtError('token_malformed', 'cnf');
}
