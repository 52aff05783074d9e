/**
 * Going out to an address that somebody else named: always through the guarded client of the carrier (no private addresses, bounded in
 * time, size and redirects). Rejects with an error of that client's own; whoever asks decides what that means for its caller.
 */
export interface OutboundRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The media type that the answer must have: one, or several of which it must have one, parted by commas. */
  readonly accept: string;
  readonly maxBytes?: number;
}

export interface OutboundReply {
  readonly status: 200 | 204 | 304;
  readonly text: string;
  readonly maxAgeSeconds: number | undefined;
}

export interface Outbound {
  send(url: string, request: OutboundRequest): Promise<OutboundReply>;
}
