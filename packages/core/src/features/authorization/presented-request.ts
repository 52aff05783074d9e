import type { Parameters } from '../../kernel/http/parameters.ts';

/** Not checked yet, but for who made it. */
export interface Presented {
  readonly parameters: Parameters;
  /** By its client. */
  readonly isSigned: boolean;
  /** Where it was pushed: the digest that it is kept under. */
  readonly pushed?: string;
}
