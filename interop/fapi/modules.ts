/**
 * A row of a test plan: its name in the suite of the OpenID Foundation, and what is done and looked
 * at.
 */
import { expect } from 'vitest';
import type { Answer, Bench } from './bench.ts';

export type Module = readonly [name: string, play: (bench: Bench) => Promise<void>];

/** RFC 6749 §5.2. */
const standard = ['error', 'error_description', 'error_uri'];

/**
 * Refused as the suite asks: JSON, one of these errors, and a text without what headers cannot hold
 * (RFC 6749 §5.2).
 */
export function expectRefused(
  { status, headers, json }: Answer,
  errors: readonly string[],
  statuses = [400, 401],
): void {
  expect([statuses, status, json]).toEqual([expect.arrayContaining([status]), status, json]);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(errors).toContain(json['error']);
  // No member beyond the standard (ValidateErrorResponseFromBackchannelAuthenticationEndpoint
  // counts them).
  expect(Object.keys(json).filter((name) => !standard.includes(name))).toEqual([]);
  if (json['error'] === 'invalid_client') expect([400, 401]).toContain(status);
  expect(json['error_description'] ?? '').toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
}
