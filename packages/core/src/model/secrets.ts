/** The usual names of secrets: no event has such a member, and the log removes their values. */
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
export type SecretName = (typeof secretNames)[number];
