import type { Parameters } from '../../kernel/http/parameters.ts';

/** Not checked yet, except its author. */
export interface Presented {
  readonly parameters: Parameters;
  /** Signed by its client. */
  readonly isSigned: boolean;
  /** For a pushed request: the digest under which it is stored. */
  readonly pushed?: string;
}
