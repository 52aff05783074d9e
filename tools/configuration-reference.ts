/** Makes the reference page of the configuration from its schema. */
import { type Tier, tierNames, tiers } from '@keywright/core';
import * as z from 'zod';
import {
  configurationSchema,
  environmentVariables,
} from '../packages/server/src/configuration/schema.ts';

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly const?: string;
  readonly anyOf?: readonly JsonSchema[];
}

interface Row {
  readonly name: string;
  readonly type: string;
  readonly default: string;
  readonly meaning: string;
}

function nameType({
  type,
  items,
  enum: values,
  minimum,
  maximum,
  const: only,
  anyOf,
}: JsonSchema): string {
  if (anyOf !== undefined) return anyOf.map(nameType).join(' or ');
  if (only !== undefined) return `\`${only}\``;
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(', ');
  if (type === 'array')
    return items?.type === 'object' ? 'list of objects' : `list of ${nameType(items ?? {})}`;
  if (type === 'integer') {
    const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
    return bounded ? `integer, ${minimum} to ${maximum}` : 'integer';
  }
  return type ?? 'any';
}

function nameDefault(schema: JsonSchema, required: boolean): string {
  if (schema.default !== undefined && schema.type !== 'object')
    return `\`${JSON.stringify(schema.default)}\``;
  return required ? '**required**' : '';
}

function rowsOf(schema: JsonSchema, prefix: string): readonly Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    const row: Row = {
      name,
      type: nameType(property),
      default: nameDefault(property, schema.required?.includes(key) ?? false),
      meaning: property.description ?? '',
    };
    return [row, ...innerRows(property, name)];
  });
}

/** All tiers have the same settings, so the page shows one row for all. */
function innerRows(schema: JsonSchema, name: string): readonly Row[] {
  if (name === 'lifetimes')
    return rowsOf(schema.properties?.[tierNames[0]] ?? {}, 'lifetimes.<tier>');
  if (schema.items?.type === 'object') return rowsOf(schema.items, `${name}[]`);
  return rowsOf(schema, name);
}

function renderRows(rows: readonly Row[]): string {
  const lines = rows.map(
    (row) => `| \`${row.name}\` | ${row.type} | ${row.default} | ${row.meaning} |`,
  );
  return ['| setting | type | default | meaning |', '|---|---|---|---|', ...lines].join('\n');
}

function renderVariables(): string {
  const lines = Object.entries(environmentVariables).map(
    ([name, path]) => `| \`${name}\` | \`${path.join('.')}\` |`,
  );
  return ['| variable | setting |', '|---|---|', ...lines].join('\n');
}

const consents: Readonly<Record<Tier['consent'], string>> = {
  skip: 'not asked',
  remembered: 'asked for new access',
  'every-time': 'asked every time',
};

/** The last part of a name that is a URN. */
const grantsOf = (grants: Tier['grants']) =>
  grants.map((grant) => `\`${grant.split(':').at(-1)}\``).join(', ') || 'nothing';

function renderTiers(): string {
  const lines = tierNames.map((name) => {
    const { kinds, trusts, grants, grantsByChoice, consent, apiKeys } = tiers[name];
    const choice = `${grantsOf(grantsByChoice)}${apiKeys ? ', API keys (by command)' : ''}`;
    return `| \`${name}\` | ${kinds.join(', ')} | ${trusts.join(', ')} | ${grantsOf(grants)} | ${choice} | ${consents[consent]} |`;
  });
  const head =
    '| tier | `kind` | `trust` | grants by default | grants by `grant_types` | consent |';
  return [head, '|---|---|---|---|---|---|', ...lines].join('\n');
}

const example = `\`\`\`yaml
issuer: https://login.example.com
database: /var/lib/keywright/keywright.db
sealing_key: \${SEALING_KEY}
trusted_proxies: [10.0.0.5]
apis:
  - identifier: https://api.example.com
    name: Sunrise Buildings
    scopes:
      - name: buildings:read
        description: See the buildings you own
clients:
  - client_id: heatlens
    client_secret: \${HEATLENS_SECRET}
    kind: web
    trust: third-party
    client_name: Heatlens
    publisher: Nordwind Analytics
    redirect_uris: [https://heatlens.example/callback]
    scope: openid offline_access buildings:read
\`\`\``;

export function renderConfigurationReference(): string {
  const schema = z.toJSONSchema(configurationSchema, { io: 'input' }) as JsonSchema;
  return `<!-- Made from packages/server/src/configuration/schema.ts by tools/make-configuration-reference.ts: change it there. -->

# Configuration

\`keywright serve --config <file>\` reads one file, JSON or YAML. Without \`--config\`, it reads the file
that \`KEYWRIGHT_CONFIG\` names, or \`keywright.yaml\`, \`keywright.yml\` or \`keywright.json\` in the current
folder. Unknown settings are faults. All faults are reported at once, each with the setting and the
correction.

${example}

## Settings

${renderRows(rowsOf(schema, ''))}

A text that is exactly \`\${NAME}\` is replaced by the value of this environment variable. This keeps
secrets out of the file. A relative path in the file starts at the folder of the file. The server needs
either \`sealing_key\` or \`sealing_key_file\`, not both.

## Tiers

The form of a client (\`kind\`) and its trust (\`trust\`) select its tier, \`<tier>\` above. The tier decides
what the client may do, and its registration can only narrow that. \`keywright explain <client_id>\`
shows the result for one client.

A client has the grants of the column *grants by default*. It has a grant of the column *grants by
\`grant_types\`* if its \`grant_types\` contains the grant, as the whole URN if the grant is one. It cannot
have other grants.

The user is asked every time if the client has no secret or key, and its redirect URI is not https.
Another application on the device could claim such an address (RFC 8252 §8.6).

${renderTiers()}

## Environment

Variables override the file. The flags \`--host\`, \`--port\` and \`--database\` override both.
\`KEYWRIGHT_TRUSTED_PROXIES\` is separated by commas. An unknown variable that begins with \`KEYWRIGHT_\` is
a fault.

${renderVariables()}
`;
}
