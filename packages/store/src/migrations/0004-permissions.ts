/**
 * Permissions on single resources, and the hierarchy. Each table is its own index: a decision looks
 * up whole keys. The action comes before the resource, so that the permissions of a subject for one
 * action are found without its other permissions.
 */
export const permissions = {
  version: 4,
  name: 'permissions',
  statements: [
    `CREATE TABLE permissions (
      subject_type TEXT NOT NULL,
      subject_id TEXT NOT NULL,
      action TEXT NOT NULL,
      resource_type TEXT NOT NULL,
      resource_id TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      PRIMARY KEY (subject_type, subject_id, action, resource_type, resource_id)
    )`,
    'CREATE INDEX permissions_by_resource ON permissions (resource_type, resource_id, action, subject_type, subject_id)',
    'CREATE INDEX permissions_by_action ON permissions (action)',
    `CREATE TABLE links (
      kind TEXT NOT NULL,
      lower_type TEXT NOT NULL,
      lower_id TEXT NOT NULL,
      upper_type TEXT NOT NULL,
      upper_id TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      PRIMARY KEY (kind, lower_type, lower_id, upper_type, upper_id)
    )`,
    'CREATE INDEX links_by_upper ON links (kind, upper_type, upper_id, lower_type, lower_id)',
  ],
} as const;
