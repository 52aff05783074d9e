/**
 * The usual names of secrets. No event has a member of such a name, and the log removes its value.
 */
export const secretNames = [
  'password',
  'client_secret',
  'clientSecret',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'code',
  'code_verifier',
  'device_code',
  'user_code',
  'auth_req_id',
  'client_notification_token',
  'authorization',
  'cookie',
] as const;
/** The name of a secret: one of `secretNames`. */
export type SecretName = (typeof secretNames)[number];
