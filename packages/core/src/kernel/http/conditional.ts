/**
 * Conditional requests (RFC 9110 §13). A caller that has the current document gets only the
 * headers.
 */
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from './message.ts';

export interface TaggedDocument {
  readonly body: string;
  readonly contentType: string;
  /** Including its quotes (RFC 9110 §8.8.3). */
  readonly etag: string;
  readonly cacheControl: string;
}

/**
 * 200 with the document, or 304 if `If-None-Match` contains its tag or is `*` (RFC 9110 §13.1.2).
 */
export function answerConditionally(request: HttpRequest, document: TaggedDocument): HttpResponse {
  const { etag } = document;
  // RFC 9110 §15.4.5: a 304 has the headers that update the stored copy of a cache.
  const kept = { etag, 'cache-control': document.cacheControl };
  if (isNamed(request.headers['if-none-match'], etag))
    return { status: 304, headers: kept, body: '' };
  return {
    status: 200,
    headers: { ...kept, 'content-type': document.contentType, 'x-content-type-options': 'nosniff' },
    body: document.body,
  };
}

/** Weak comparison, because a cache may have marked the tag as weak. Our tags contain no comma. */
function isNamed(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/**
 * A change names the version that it is based on, so that nobody overwrites an unseen change.
 * Throws precondition_required (RFC 6585 §3) without `If-Match`, and precondition_failed for
 * another tag (RFC 9110 §13.1.1, strong comparison).
 */
export function assertMatch(request: HttpRequest, etag: string): void {
  const header = request.headers['if-match']?.trim();
  if (header === undefined || header === '') throw new OAuthError('precondition_required');
  if (header !== '*' && !header.split(',').some((tag) => tag.trim() === etag))
    throw new OAuthError('precondition_failed');
}
