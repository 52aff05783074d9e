import { type ResourceReason, resourceRefusal } from '@keywright/wire';

/**
 * A refused token, with the reason of the catalogue (docs/errors.md). `note` is for the log, and
 * never contains the token.
 */
export class JwtError extends Error {
  readonly reason: ResourceReason;
  readonly note: string | undefined;

  constructor(reason: ResourceReason, note?: string) {
    super(resourceRefusal(reason).text);
    this.name = 'JwtError';
    this.reason = reason;
    this.note = note;
  }
}

/** A note for the log: the received and the expected value, each cut to 200 characters. */
export function differs(name: string, received: unknown, wanted: unknown): string {
  const [came, want] = [received, wanted].map((one) =>
    (JSON.stringify(one) ?? 'missing').slice(0, 200),
  );
  return `${name} is ${came}, not ${want}`;
}
