export interface CollectedSpan {
  readonly name: string;
  readonly kind: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly status: string;
  readonly milliseconds: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Registers itself, before the server starts; `take` is given each span when it ends. */
export function collectSpans(take: (span: CollectedSpan) => void): void;
