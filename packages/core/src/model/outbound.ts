/**
 * Requests to an address that a client names: always through a guarded HTTP client (no private
 * addresses; time, size and redirects are bounded). It rejects with its own errors, and the caller
 * decides what they mean.
 */
import type { OutboundReply as Reply, OutboundRequest } from '@keywright/jwt';

export type { OutboundRequest } from '@keywright/jwt';

/** What core reads of the answer of another server. */
export type OutboundReply = Pick<Reply, 'status' | 'text' | 'maxAgeSeconds'>;

/**
 * The port for requests to addresses that clients name. It must refuse private addresses, and
 * bound time, size and redirects. Rejects with its own error.
 */
export interface Outbound {
  send(url: string, request: OutboundRequest): Promise<OutboundReply>;
}
