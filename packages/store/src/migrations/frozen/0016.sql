CREATE TABLE migrations (
  version BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at BIGINT NOT NULL
, works_with BIGINT);
CREATE TABLE clients (
      id TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      trust TEXT NOT NULL,
      name TEXT NOT NULL,
      publisher TEXT,
      homepage TEXT,
      redirect_uris TEXT NOT NULL,
      grant_types TEXT NOT NULL,
      scopes TEXT NOT NULL,
      optional_scopes TEXT NOT NULL,
      authentication_methods TEXT NOT NULL,
      secrets TEXT NOT NULL,
      id_token_algorithm TEXT NOT NULL,
      status TEXT NOT NULL,
      origin TEXT NOT NULL,
      created_at BIGINT NOT NULL
    , disabled_at BIGINT, settings TEXT, prune_at BIGINT);
CREATE TABLE apis (
      identifier TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      scopes TEXT NOT NULL,
      introspectors TEXT NOT NULL,
      origin TEXT NOT NULL
    , token_status INTEGER NOT NULL DEFAULT 0, settings TEXT);
CREATE TABLE accounts (
      id TEXT NOT NULL PRIMARY KEY,
      email TEXT NOT NULL,
      email_key TEXT NOT NULL UNIQUE,
      email_verified INTEGER NOT NULL,
      name TEXT NOT NULL,
      password_hash TEXT NOT NULL,
      status TEXT NOT NULL,
      created_at BIGINT NOT NULL
    , claims TEXT, accepted TEXT);
CREATE TABLE sessions (
      digest TEXT NOT NULL PRIMARY KEY,
      id TEXT NOT NULL,
      account_id TEXT NOT NULL,
      authenticated_at BIGINT NOT NULL,
      last_seen_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    , terms TEXT, network TEXT, user_agent TEXT);
CREATE TABLE grants (
      id TEXT NOT NULL PRIMARY KEY,
      account_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      scopes TEXT NOT NULL,
      declined_scopes TEXT NOT NULL,
      audiences TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      last_used_at BIGINT NOT NULL,
      ended_at BIGINT
    , terms TEXT);
CREATE TABLE codes (
      digest TEXT NOT NULL PRIMARY KEY,
      grant_id TEXT NOT NULL,
      family_id TEXT NOT NULL,
      account_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      redirect_uri TEXT NOT NULL,
      redirect_uri_sent INTEGER NOT NULL,
      code_challenge TEXT NOT NULL,
      scopes TEXT NOT NULL,
      audiences TEXT NOT NULL,
      nonce TEXT,
      authenticated_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      redeemed_at BIGINT
    , session_id TEXT, terms TEXT);
CREATE TABLE claims (id TEXT NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL);
CREATE TABLE families (
      id TEXT NOT NULL PRIMARY KEY,
      grant_id TEXT NOT NULL,
      account_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      scopes TEXT NOT NULL,
      audiences TEXT NOT NULL,
      authenticated_at BIGINT NOT NULL,
      current_digest TEXT,
      previous_digest TEXT,
      sealed_successor TEXT,
      rotated_at BIGINT,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      absolute_expires_at BIGINT NOT NULL,
      ended_at BIGINT,
      check_at BIGINT NOT NULL
    , session_id TEXT, terms TEXT);
CREATE TABLE signing_keys (
      kid TEXT NOT NULL PRIMARY KEY,
      algorithm TEXT NOT NULL,
      public_jwk TEXT NOT NULL,
      sealed_private_key TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      active_at BIGINT NOT NULL,
      retired_at BIGINT
    );
CREATE TABLE throttles (bucket TEXT NOT NULL PRIMARY KEY, full_at_ms BIGINT NOT NULL);
CREATE TABLE status_entries (
      id TEXT NOT NULL PRIMARY KEY,
      list BIGINT NOT NULL,
      idx BIGINT NOT NULL
    );
CREATE TABLE api_keys (
      id TEXT NOT NULL PRIMARY KEY,
      client_id TEXT NOT NULL,
      environment TEXT NOT NULL,
      name TEXT NOT NULL,
      audience TEXT NOT NULL,
      scopes TEXT NOT NULL,
      networks TEXT NOT NULL,
      digest TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      expires_at BIGINT,
      last_used_at BIGINT,
      revoked_at BIGINT,
      revoked_because TEXT,
      replaces TEXT,
      ends_at BIGINT
    );
CREATE TABLE permissions (
      subject_type TEXT NOT NULL,
      subject_id TEXT NOT NULL,
      action TEXT NOT NULL,
      resource_type TEXT NOT NULL,
      resource_id TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      PRIMARY KEY (subject_type, subject_id, action, resource_type, resource_id)
    );
CREATE TABLE links (
      kind TEXT NOT NULL,
      lower_type TEXT NOT NULL,
      lower_id TEXT NOT NULL,
      upper_type TEXT NOT NULL,
      upper_id TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      PRIMARY KEY (kind, lower_type, lower_id, upper_type, upper_id)
    );
CREATE TABLE leases (
      name TEXT NOT NULL PRIMARY KEY,
      holder TEXT NOT NULL,
      expires_at BIGINT NOT NULL
    );
CREATE TABLE audit (
      chain TEXT NOT NULL,
      position BIGINT NOT NULL,
      at BIGINT NOT NULL,
      type TEXT NOT NULL,
      account TEXT,
      client_id TEXT,
      body TEXT NOT NULL,
      previous TEXT NOT NULL,
      hash TEXT NOT NULL,
      mac TEXT NOT NULL,
      PRIMARY KEY (chain, position)
    );
CREATE TABLE audit_heads (
      chain TEXT NOT NULL PRIMARY KEY,
      position BIGINT NOT NULL,
      hash TEXT NOT NULL,
      signed_at BIGINT NOT NULL,
      is_closed INTEGER NOT NULL,
      mac TEXT NOT NULL,
      linked_position BIGINT NOT NULL,
      linked_mac TEXT NOT NULL
    );
CREATE TABLE client_secret_uses (
      secret_id TEXT NOT NULL PRIMARY KEY,
      client_id TEXT NOT NULL,
      last_used_at BIGINT NOT NULL
    );
CREATE TABLE pushed_requests (
      digest TEXT NOT NULL PRIMARY KEY,
      client_id TEXT NOT NULL,
      body TEXT NOT NULL,
      expires_at BIGINT NOT NULL
    );
CREATE TABLE deferred_requests (
      digest TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      user_code TEXT,
      client_id TEXT NOT NULL,
      account_id TEXT,
      status TEXT NOT NULL,
      body TEXT NOT NULL,
      answer TEXT,
      interval_seconds BIGINT NOT NULL,
      polled_at BIGINT,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    );
CREATE TABLE access_tokens (
      digest TEXT NOT NULL PRIMARY KEY,
      client_id TEXT NOT NULL,
      body TEXT NOT NULL,
      expires_at BIGINT NOT NULL
    );
CREATE TABLE logout_targets (
      session_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      sid TEXT NOT NULL,
      account_id TEXT NOT NULL,
      subject TEXT NOT NULL,
      expires_at BIGINT NOT NULL,
      ended_at BIGINT,
      PRIMARY KEY (session_id, client_id, sid)
    );
CREATE TABLE deliveries (
      id TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      client_id TEXT NOT NULL,
      url TEXT NOT NULL,
      body TEXT NOT NULL,
      attempts BIGINT NOT NULL,
      next_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    );
CREATE TABLE seals (
      name TEXT NOT NULL PRIMARY KEY,
      value TEXT NOT NULL,
      created_at BIGINT NOT NULL
    );
CREATE TABLE verification_codes (
      id TEXT NOT NULL PRIMARY KEY,
      purpose TEXT NOT NULL,
      mac TEXT NOT NULL,
      tries BIGINT NOT NULL,
      used_at BIGINT,
      expires_at BIGINT NOT NULL
    );
CREATE TABLE invitations (
      id TEXT NOT NULL PRIMARY KEY,
      email TEXT NOT NULL,
      email_key TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      used_at BIGINT
    );
CREATE TABLE former_emails (
      id TEXT NOT NULL PRIMARY KEY,
      account_id TEXT NOT NULL,
      email TEXT NOT NULL,
      email_key TEXT NOT NULL,
      changed_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    , trusted_until BIGINT);
CREATE TABLE passkeys (
      id TEXT NOT NULL PRIMARY KEY,
      account_id TEXT NOT NULL,
      public_key TEXT NOT NULL,
      signature_counter BIGINT NOT NULL,
      transports TEXT NOT NULL,
      aaguid TEXT NOT NULL,
      syncable BIGINT NOT NULL,
      backed_up BIGINT NOT NULL,
      passkey_name TEXT NOT NULL,
      added_at BIGINT NOT NULL,
      last_used_at BIGINT
    );
CREATE TABLE second_factors (
      account_id TEXT NOT NULL PRIMARY KEY,
      sealed_secret TEXT NOT NULL,
      last_step BIGINT NOT NULL,
      created_at BIGINT NOT NULL
    );
CREATE TABLE recovery_codes (
      digest TEXT NOT NULL PRIMARY KEY,
      account_id TEXT NOT NULL
    );
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE UNIQUE INDEX grants_living ON grants (account_id, client_id) WHERE ended_at IS NULL;
CREATE INDEX grants_by_end ON grants (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX codes_by_end ON codes (expires_at);
CREATE INDEX claims_by_end ON claims (expires_at);
CREATE INDEX families_by_grant ON families (grant_id);
CREATE INDEX families_by_check ON families (check_at);
CREATE INDEX throttles_by_end ON throttles (full_at_ms);
CREATE UNIQUE INDEX status_entries_by_place ON status_entries (list, idx);
CREATE INDEX families_by_ending ON families (ended_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX clients_by_disabling ON clients (disabled_at) WHERE disabled_at IS NOT NULL;
CREATE INDEX grants_living_by_client ON grants (client_id, id) WHERE ended_at IS NULL;
CREATE INDEX api_keys_by_client ON api_keys (client_id, id);
CREATE INDEX api_keys_by_audience ON api_keys (audience, id);
CREATE INDEX api_keys_by_end ON api_keys (ends_at) WHERE ends_at IS NOT NULL;
CREATE UNIQUE INDEX api_keys_replacing ON api_keys (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX permissions_by_resource ON permissions (resource_type, resource_id, action, subject_type, subject_id);
CREATE INDEX permissions_by_action ON permissions (action);
CREATE INDEX links_by_upper ON links (kind, upper_type, upper_id, lower_type, lower_id);
CREATE INDEX audit_by_time ON audit (at, chain, position);
CREATE INDEX audit_by_type ON audit (type, at, chain, position);
CREATE INDEX audit_by_account ON audit (account, at, chain, position) WHERE account IS NOT NULL;
CREATE INDEX audit_by_client ON audit (client_id, at, chain, position) WHERE client_id IS NOT NULL;
CREATE INDEX audit_heads_unlinked ON audit_heads (signed_at) WHERE linked_position < position;
CREATE INDEX audit_heads_by_time ON audit_heads (signed_at);
CREATE INDEX clients_by_pruning ON clients (prune_at) WHERE prune_at IS NOT NULL;
CREATE INDEX client_secret_uses_by_client ON client_secret_uses (client_id);
CREATE INDEX client_secret_uses_by_time ON client_secret_uses (last_used_at);
CREATE INDEX pushed_requests_by_end ON pushed_requests (expires_at);
CREATE UNIQUE INDEX deferred_requests_by_user_code ON deferred_requests (user_code) WHERE user_code IS NOT NULL;
CREATE INDEX deferred_requests_by_account ON deferred_requests (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX deferred_requests_by_end ON deferred_requests (expires_at);
CREATE INDEX access_tokens_by_end ON access_tokens (expires_at);
CREATE INDEX logout_targets_by_account ON logout_targets (account_id);
CREATE INDEX logout_targets_by_end ON logout_targets (expires_at);
CREATE INDEX logout_targets_by_ending ON logout_targets (ended_at, session_id) WHERE ended_at IS NOT NULL;
CREATE INDEX deliveries_by_time ON deliveries (next_at);
CREATE INDEX deliveries_by_end ON deliveries (expires_at);
CREATE INDEX verification_codes_by_end ON verification_codes (expires_at);
CREATE INDEX invitations_by_end ON invitations (expires_at);
CREATE INDEX former_emails_by_account ON former_emails (account_id);
CREATE INDEX former_emails_by_end ON former_emails (expires_at);
CREATE INDEX passkeys_by_account ON passkeys (account_id);
CREATE INDEX recovery_codes_by_account ON recovery_codes (account_id);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (1, 'first', 'Vr7MNlGaMUBxh-SlS-FZe48XHL4YaT5K3JY1JmVfDas', 1800000000, NULL);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (2, 'status', 'zFA94F57Qz0k-HvwPJQnpzhNT8EWROWiIMRaumEVSFQ', 1800000000, NULL);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (3, 'api-keys', 'e-dY3mrXGoEXlutVXiUiwxrarMzpETE9rTrkKhKQ8io', 1800000000, NULL);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (4, 'permissions', 'nOxF0E1cA_EkFUjKjL9baxM5-XksTTh8EMmECQpULGo', 1800000000, NULL);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (5, 'leases', 'do57DibyoHkc3HytL2woD2mSyKJdruXWGX8-IHHRp1o', 1800000000, NULL);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (6, 'works-with', 'qF57Ak8PEL78J01JNhwBWYWWNJBY_FTsJJGYQ-W8bPI', 1800000000, NULL);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (7, 'audit', 'KithCnUFs5-pimIvmvr0rurg76I3p4RrG3uX1QHxsLc', 1800000000, 6);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (8, 'protocol', 'frAB6uDuI1Ak9x-ZYVVUloujb2jImhdEASxxs5rR5k8', 1800000000, 7);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (9, 'seals', 'HBbNUvGwm33iUQtTaHb3LzfktEoDnM3HF95osZs09Og', 1800000000, 8);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (10, 'verification codes', 'spE-RESnRUTDvYm726FoM0Pbv5u6Pl84vq5z5-HF9cA', 1800000000, 9);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (11, 'invitations, and terms that were accepted', 'dYaLKAgtnv40AfauA_gjhzAkmoxiOqYK7dEcC3Lz_7M', 1800000000, 10);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (12, 'former e-mail addresses', 'SR5PZZQo5O1hN1Gl2l1vqxTu2W4a7x_HLNF7E-cEVzs', 1800000000, 11);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (13, 'passkeys', '2L3X4afe34e-qLCX_Im-ufsUGQX870BeTgYqwA1h1VA', 1800000000, 12);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (14, 'second factors', '0zZMbn6c6p690-XIrFHbVX-aF4Zjk2qQsBGQvlY3e3g', 1800000000, 13);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (15, 'where sessions are used', 'jHhjPgGil6RShgYPAmkUMjJIT8wdo9IDnSk3nEhrI4k', 1800000000, 14);
INSERT INTO migrations (version, name, checksum, applied_at, works_with) VALUES (16, 'what an undo removes', 'G612pns7gmVHkOnIohWiOwXx82LotF5QZIAyLG42OJ8', 1800000000, 15);
INSERT INTO clients (id, kind, trust, name, publisher, homepage, redirect_uris, grant_types, scopes, optional_scopes, authentication_methods, secrets, id_token_algorithm, status, origin, created_at, disabled_at, settings, prune_at) VALUES ('heatlens', 'web', 'third-party', 'Heatlens', 'Nordwind Analytics', 'https://heatlens.example', '["https://heatlens.example/callback"]', '["authorization_code","refresh_token"]', '["openid","offline_access","buildings:read"]', '["buildings:read"]', '["client_secret_basic"]', '[{"id":"sec_1","digest":"rlK0drXUtLEuM6ADnhZ0vViQ7EPymTRrGX58tYcDFE0","createdAt":1800000000}]', 'ES256', 'active', 'command', 1800000000, NULL, NULL, NULL);
INSERT INTO clients (id, kind, trust, name, publisher, homepage, redirect_uris, grant_types, scopes, optional_scopes, authentication_methods, secrets, id_token_algorithm, status, origin, created_at, disabled_at, settings, prune_at) VALUES ('thermometer', 'service', 'first-party', 'Ada''s thermometer', NULL, NULL, '[]', '["client_credentials"]', '["buildings:read"]', '[]', '["client_secret_basic"]', '[{"id":"sec_1","digest":"rlK0drXUtLEuM6ADnhZ0vViQ7EPymTRrGX58tYcDFE0","createdAt":1800000000}]', 'ES256', 'active', 'command', 1800000000, NULL, NULL, NULL);
INSERT INTO clients (id, kind, trust, name, publisher, homepage, redirect_uris, grant_types, scopes, optional_scopes, authentication_methods, secrets, id_token_algorithm, status, origin, created_at, disabled_at, settings, prune_at) VALUES ('former', 'web', 'third-party', 'Former', NULL, NULL, '["https://heatlens.example/callback"]', '["authorization_code","refresh_token"]', '["openid","offline_access","buildings:read"]', '["buildings:read"]', '["client_secret_basic"]', '[{"id":"sec_1","digest":"rlK0drXUtLEuM6ADnhZ0vViQ7EPymTRrGX58tYcDFE0","createdAt":1800000000}]', 'ES256', 'disabled', 'command', 1800000000, 1800000020, NULL, NULL);
INSERT INTO clients (id, kind, trust, name, publisher, homepage, redirect_uris, grant_types, scopes, optional_scopes, authentication_methods, secrets, id_token_algorithm, status, origin, created_at, disabled_at, settings, prune_at) VALUES ('card-app', 'web', 'third-party', 'Card app', NULL, NULL, '["https://heatlens.example/callback"]', '["authorization_code","refresh_token"]', '["openid","offline_access","buildings:read"]', '["buildings:read"]', '["client_secret_basic"]', '[{"id":"sec_1","digest":"rlK0drXUtLEuM6ADnhZ0vViQ7EPymTRrGX58tYcDFE0","createdAt":1800000000}]', 'ES256', 'active', 'command', 1800000000, NULL, '{"profile":"fapi-2","requirePushedRequests":true,"backchannelLogoutUri":"https://card.example/logout"}', NULL);
INSERT INTO apis (identifier, name, scopes, introspectors, origin, token_status, settings) VALUES ('https://api.sunrise.example', 'Sunrise Buildings', '[{"name":"buildings:read","description":"See the buildings'' names"}]', '["sunrise-api"]', 'config', 1, NULL);
INSERT INTO accounts (id, email, email_key, email_verified, name, password_hash, status, created_at, claims, accepted) VALUES ('usr_ada', 'Ada@Example.com', 'ada@example.com', 1, 'Ada', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 'active', 1800000000, NULL, NULL);
INSERT INTO accounts (id, email, email_key, email_verified, name, password_hash, status, created_at, claims, accepted) VALUES ('usr_grace', 'Grace@Example.com', 'grace@example.com', 0, 'Grace', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 'active', 1800000000, NULL, NULL);
INSERT INTO accounts (id, email, email_key, email_verified, name, password_hash, status, created_at, claims, accepted) VALUES ('usr_joan', 'Joan@Example.com', 'joan@example.com', 0, 'Joan', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 'active', 1800000000, '{"given_name":"Joan''s","locale":"en"}', NULL);
INSERT INTO accounts (id, email, email_key, email_verified, name, password_hash, status, created_at, claims, accepted) VALUES ('usr_niklaus', 'niklaus@example.org', 'niklaus@example.org', 1, 'Niklaus', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 'active', 1800000000, NULL, '{"terms":"2026-11-01","at":1800000000}');
INSERT INTO sessions (digest, id, account_id, authenticated_at, last_seen_at, expires_at, terms, network, user_agent) VALUES ('Pzrx7Ou9FBCrQX7A0nu_y100Dhd64Vm1n8hibC39kXU', 'ses_ada', 'usr_ada', 1800000000, 1800000000, 1800086400, NULL, NULL, NULL);
INSERT INTO sessions (digest, id, account_id, authenticated_at, last_seen_at, expires_at, terms, network, user_agent) VALUES ('eUtVke0wPSu0jPnyMkMaX-LNYlNWrvDIA96HBiHaK60', 'ses_joan', 'usr_joan', 1800000000, 1800000000, 1800086400, '{"amr":["pwd","otp","mfa"]}', NULL, NULL);
INSERT INTO sessions (digest, id, account_id, authenticated_at, last_seen_at, expires_at, terms, network, user_agent) VALUES ('BCtNV-Rk5O-rEmeD8LY59vdxJBgDJdDWR7-p83aEtUk', 'ses_seen', 'usr_ada', 1800000000, 1800000000, 1800086400, NULL, '2001:db8:85a3:8d3::/64', 'Mozilla/5.0');
INSERT INTO grants (id, account_id, client_id, scopes, declined_scopes, audiences, created_at, last_used_at, ended_at, terms) VALUES ('grt_ada', 'usr_ada', 'heatlens', '["openid","buildings:read"]', '["measurements:read"]', '["https://api.sunrise.example"]', 1800000000, 1800000000, NULL, NULL);
INSERT INTO grants (id, account_id, client_id, scopes, declined_scopes, audiences, created_at, last_used_at, ended_at, terms) VALUES ('grt_former', 'usr_ada', 'former', '["openid","buildings:read"]', '["measurements:read"]', '["https://api.sunrise.example"]', 1800000000, 1800000000, 1800000020, NULL);
INSERT INTO codes (digest, grant_id, family_id, account_id, client_id, redirect_uri, redirect_uri_sent, code_challenge, scopes, audiences, nonce, authenticated_at, expires_at, redeemed_at, session_id, terms) VALUES ('UZVGF-s7CpG_xszkLXXV2lcuAMsUyRk1ATEkVBdsiiY', 'grt_ada', 'fam_open', 'usr_ada', 'heatlens', 'https://heatlens.example/callback', 1, 'iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ', '["openid","buildings:read"]', '["https://api.sunrise.example"]', 'Ada''s', 1799999995, 1800000060, NULL, NULL, NULL);
INSERT INTO codes (digest, grant_id, family_id, account_id, client_id, redirect_uri, redirect_uri_sent, code_challenge, scopes, audiences, nonce, authenticated_at, expires_at, redeemed_at, session_id, terms) VALUES ('010OQlCuxw5XHJD667T_JV3htkZFJYRbUCdI6foOon4', 'grt_ada', 'fam_spent', 'usr_ada', 'heatlens', 'https://heatlens.example/callback', 1, 'iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ', '["openid","buildings:read"]', '["https://api.sunrise.example"]', 'Ada''s', 1799999995, 1800000060, 1800000000, NULL, NULL);
INSERT INTO claims (id, expires_at) VALUES ('answered-page', 1800003600);
INSERT INTO claims (id, expires_at) VALUES ('LdAL134CIs7YgmZUganB2fkHMJ0W4F7QB6HqY5KEd6k', 1800000060);
INSERT INTO claims (id, expires_at) VALUES ('ses_before', 1800000120);
INSERT INTO families (id, grant_id, account_id, client_id, scopes, audiences, authenticated_at, current_digest, previous_digest, sealed_successor, rotated_at, created_at, expires_at, absolute_expires_at, ended_at, check_at, session_id, terms) VALUES ('fam_spent', 'grt_ada', 'usr_ada', 'heatlens', '["openid","buildings:read"]', '["https://api.sunrise.example"]', 1799999995, 'PYibBG364R-XuFGZ2By2UgUgU8Nd_sQyB_WWpGCkcMg', '8IG7OpyYWapacQYCSZMQmB5VBICiGzjzBgofD5zM8Jo', 'sealed successor', 1800000010, 1800000000, 1800002000, 1800005000, NULL, 1800001000, NULL, NULL);
INSERT INTO families (id, grant_id, account_id, client_id, scopes, audiences, authenticated_at, current_digest, previous_digest, sealed_successor, rotated_at, created_at, expires_at, absolute_expires_at, ended_at, check_at, session_id, terms) VALUES ('fam_session', 'grt_ada', 'usr_ada', 'heatlens', '["openid","buildings:read"]', '["https://api.sunrise.example"]', 1799999995, 'rkPs8xjB8HeeHQZEfqtUwQ1bqa-Emw9UyftkDvTzndY', NULL, NULL, NULL, 1800000000, 1800001000, 1800005000, NULL, 1800001000, 'ses_ada', NULL);
INSERT INTO families (id, grant_id, account_id, client_id, scopes, audiences, authenticated_at, current_digest, previous_digest, sealed_successor, rotated_at, created_at, expires_at, absolute_expires_at, ended_at, check_at, session_id, terms) VALUES ('fam_ended', 'grt_ada', 'usr_ada', 'heatlens', '["openid","buildings:read"]', '["https://api.sunrise.example"]', 1799999995, 'DKoKHEBiCuKnboHl5kZF314d15IT1-AlSdqorIpm0es', NULL, NULL, NULL, 1800000000, 1800001000, 1800005000, 1800000020, 1800000020, NULL, NULL);
INSERT INTO families (id, grant_id, account_id, client_id, scopes, audiences, authenticated_at, current_digest, previous_digest, sealed_successor, rotated_at, created_at, expires_at, absolute_expires_at, ended_at, check_at, session_id, terms) VALUES ('fam_terms', 'grt_ada', 'usr_ada', 'heatlens', '["openid","buildings:read"]', '["https://api.sunrise.example"]', 1799999995, 'JOgOZ8pPyNIfBr_4IW2Zf602m61uvsPKZKHupdlZvd4', NULL, NULL, NULL, 1800000000, 1800001000, 1800005000, NULL, 1800001000, NULL, '{"acr":"urn:sunrise:acr","authorizationDetails":[{"type":"building","buildings":["old-mill"]}]}');
INSERT INTO signing_keys (kid, algorithm, public_jwk, sealed_private_key, created_at, active_at, retired_at) VALUES ('key-1', 'ES256', '{"kty":"EC","crv":"P-256","x":"LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE","y":"ofzkNjhU_4iM_0uOeHXWAMJoI5BBKoz3mzfQsRFIsPo"}', 'sealed private key', 1800000000, 1800000000, 1800090000);
INSERT INTO signing_keys (kid, algorithm, public_jwk, sealed_private_key, created_at, active_at, retired_at) VALUES ('key-2', 'ES256', '{"kty":"EC","crv":"P-256","x":"LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE","y":"ofzkNjhU_4iM_0uOeHXWAMJoI5BBKoz3mzfQsRFIsPo"}', 'sealed private key', 1800000000, 1800000600, NULL);
INSERT INTO throttles (bucket, full_at_ms) VALUES ('MAm-dp-4-VboQT7p8-CDbjSWi8QEV9ChDFSdLtzwDME', 1800000600000);
INSERT INTO status_entries (id, list, idx) VALUES ('fam_spent', 1, 0);
INSERT INTO api_keys (id, client_id, environment, name, audience, scopes, networks, digest, created_at, expires_at, last_used_at, revoked_at, revoked_because, replaces, ends_at) VALUES ('aaaabbbbcccc', 'thermometer', 'live', 'Attic', 'https://api.sunrise.example', '["buildings:read"]', '["192.0.2.0/24"]', 'h7jWoPANfX2PQ5mxtoH-tABC47brf9l8twqvNzAckpA', 1800000000, 1800086400, NULL, NULL, NULL, NULL, 1800086400);
INSERT INTO api_keys (id, client_id, environment, name, audience, scopes, networks, digest, created_at, expires_at, last_used_at, revoked_at, revoked_because, replaces, ends_at) VALUES ('ddddeeeeffff', 'thermometer', 'live', 'Attic', 'https://api.sunrise.example', '["buildings:read"]', '["192.0.2.0/24"]', 'LYhRdS2viztb7F1h4lXzMQmTqiixOLdqU4QQ2NBOGk0', 1800000000, NULL, NULL, NULL, NULL, 'aaaabbbbcccc', NULL);
INSERT INTO permissions (subject_type, subject_id, action, resource_type, resource_id, created_at) VALUES ('group', 'neighbours', 'buildings:read', 'building', 'old-mill', 1800000000);
INSERT INTO links (kind, lower_type, lower_id, upper_type, upper_id, created_at) VALUES ('membership', 'user', 'usr_grace', 'group', 'neighbours', 1800000000);
INSERT INTO leases (name, holder, expires_at) VALUES ('prune', 'a node', 1796307425);
INSERT INTO audit (chain, position, at, type, account, client_id, body, previous, hash, mac) VALUES ('chain-1', 1, 1800000000, 'signed_in', 'usr_ada', 'heatlens', '{"network":"192.0.2.0/24"}', '9Jow0fKhe9ElHh_sBxfMsRaTvdiYn2AtQw9DKzyEjsM', 'kj_lOWbGzZND4Rr3ds1LBb4xXqSyALAuTV37D5Kbc78', 'cuDh9TxTmAq_DcFG1sQMIG3hneF9pSysqB8viDkRjnM');
INSERT INTO audit_heads (chain, position, hash, signed_at, is_closed, mac, linked_position, linked_mac) VALUES ('chain-1', 1, 'kj_lOWbGzZND4Rr3ds1LBb4xXqSyALAuTV37D5Kbc78', 1800000000, 0, '3M-Q_kM_OE6Yp2gBE5q9FTlk8SEKzdg-pLphEhKkzlQ', 0, '');
INSERT INTO client_secret_uses (secret_id, client_id, last_used_at) VALUES ('sec_1', 'heatlens', 1800000000);
INSERT INTO pushed_requests (digest, client_id, body, expires_at) VALUES ('t385nZiM2u_eiTXkX-ltxw_dkUtrGNE7uHqEAwtG-lo', 'card-app', 'sealed request', 1800000060);
INSERT INTO deferred_requests (digest, kind, user_code, client_id, account_id, status, body, answer, interval_seconds, polled_at, created_at, expires_at) VALUES ('AwJI15dyV2L8_K3Y4MB0oEA2_WeOQhHx2TECxHuTStQ', 'device', 'RnAJHgLGqBm51SyaSF5w3DdnFkaaQhQj9yTM245ZODU', 'heatlens', NULL, 'pending', '{"scopes":["openid"],"audiences":[],"network":"192.0.2.0/24"}', NULL, 5, NULL, 1800000000, 1800000600);
INSERT INTO access_tokens (digest, client_id, body, expires_at) VALUES ('Y829RMecblF0ywLJbMI_5Oa_g0iWndw8uCdduRmL9Ng', 'heatlens', '{"sub":"usr_ada","scope":"openid"}', 1800000600);
INSERT INTO logout_targets (session_id, client_id, sid, account_id, subject, expires_at, ended_at) VALUES ('ses_ada', 'card-app', 'NLNkVMqy54QsOJ99iOy33yeeORjLrAeXDUzeSW5w9Mg', 'usr_ada', 'usr_ada', 1800086400, NULL);
INSERT INTO deliveries (id, kind, client_id, url, body, attempts, next_at, expires_at) VALUES ('logout_1', 'logout', 'card-app', 'https://card.example/logout', '{"headers":{"content-type":"application/x-www-form-urlencoded"},"body":"logout_token=sealed"}', 0, 1800000000, 1800000120);
INSERT INTO seals (name, value, created_at) VALUES ('name', 'sealed', 1800000000);
INSERT INTO verification_codes (id, purpose, mac, tries, used_at, expires_at) VALUES ('VpTQii5T_8rgwxA-Wtb2B2q9lg6x-KVldwQLwQKPcCs', 'recovery', 'ZoLVb0hk1uVcaWuGxM1VUCKJyfOP52ZEdwBwyudqdlU', 0, NULL, 1800000600);
INSERT INTO invitations (id, email, email_key, created_at, expires_at, used_at) VALUES ('inv_1', 'Barbara@Example.com', 'barbara@example.com', 1800000000, 1800604800, NULL);
INSERT INTO former_emails (id, account_id, email, email_key, changed_at, expires_at, trusted_until) VALUES ('fem_1', 'usr_niklaus', 'Niklaus@Example.com', 'niklaus@example.com', 1800000000, 1800604800, 1799395200);
INSERT INTO passkeys (id, account_id, public_key, signature_counter, transports, aaguid, syncable, backed_up, passkey_name, added_at, last_used_at) VALUES ('cGFzc2tleQ', 'usr_ada', 'Y29zZQ', 7, '["internal","hybrid"]', '00000000-0000-0000-0000-000000000000', 1, 0, 'Ada''s phone', 1800000000, 1800000000);
INSERT INTO second_factors (account_id, sealed_secret, last_step, created_at) VALUES ('usr_joan', 'sealed', 7, 1800000000);
INSERT INTO recovery_codes (digest, account_id) VALUES ('KqGqpWBm89PDatuBYOkh6MB1SRYrLJFoT3FgA2RJ5Zc', 'usr_joan');
INSERT INTO recovery_codes (digest, account_id) VALUES ('CdomYVmD8XzacJm8mMMxUkDrzsQNCCa53IP5B_B7qTE', 'usr_joan');
