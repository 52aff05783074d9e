/** Schemas that several parts of the configuration use. */
import * as z from 'zod';

export const seconds = (text: string) =>
  z.int('must be a whole number of seconds').min(0).describe(text);
/** Or the one name that means "no limit". */
export const secondsOr = (name: string, text: string) =>
  z
    .union([z.int().min(0), z.literal(name)], `must be a whole number of seconds, or ${name}`)
    .describe(text);
export const text = (description: string) =>
  z.string().min(1, 'must not be empty').describe(description);
export const onOff = (text: string) => z.boolean().optional().describe(text);

/** Public keys: a JWK set (RFC 7517). The parts that use the keys check them. */
export const jwkSet = z.looseObject({ keys: z.array(z.record(z.string(), z.unknown())) });

/** A rate, as in GCRA. */
export const limit = z
  .strictObject({
    per_second: z
      .number('must be a number')
      .min(0.001)
      .max(1_000_000)
      .describe('Requests in a second, on average. It may be less than one.'),
    burst: z.int().min(1).max(1_000_000).describe('Requests at once, after a pause.'),
  })
  .optional();
