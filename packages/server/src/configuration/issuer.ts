/** Checks which issuers the server may have, in addition to core's checks of their form. */
import type { ConfigProblem } from '@keywright/core';

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|[a-z0-9-]+\.localhost)$/;

export function isLoopbackHost(hostname: string): boolean {
  return loopback.test(hostname);
}

/** RFC 6749 §3.1, §3.2: TLS is required. On a loopback host, nothing leaves the machine. */
export function checkIssuerTransport(
  issuer: string,
  allowed: boolean,
  problems: ConfigProblem[],
  warnings: string[],
): void {
  const url = URL.parse(issuer);
  if (url === null) return;
  const { protocol, hostname } = url;
  if (protocol !== 'http:' || isLoopbackHost(hostname)) return;
  if (allowed) {
    warnings.push(
      `The issuer ${issuer} is not encrypted: everyone on the way can read passwords and tokens.`,
    );
    return;
  }
  problems.push({
    path: 'issuer',
    message:
      'must be https. http is allowed only for loopback hosts. Put a TLS proxy in front, or use danger_send_secrets_over_unencrypted_http',
  });
}
