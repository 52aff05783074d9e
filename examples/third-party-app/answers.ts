/**
 * How this application answers: one content policy for everything, nothing kept in caches but the
 * style.
 */
import type { ServerResponse } from 'node:http';

export function redirect(
  response: ServerResponse,
  address: string,
  cookies: readonly string[],
): void {
  for (const cookie of cookies) response.appendHeader('Set-Cookie', cookie);
  response.setHeader('Location', address);
  send(response, 303, '', 'text/plain');
}

export function page(response: ServerResponse, status: number, html: string): void {
  send(response, status, html, 'text/html; charset=utf-8');
}

/**
 * Referrer-Policy is same-origin, not no-referrer: with the latter browsers send `Origin: null`
 * with our own forms.
 */
export function send(
  response: ServerResponse,
  status: number,
  body: string,
  type: string,
  cache = 'no-store',
): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Cache-Control': cache,
    'Content-Security-Policy':
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}
