/**
 * Makes docs/reference/client-metadata.md from the table of client metadata. With `--check` it
 * fails when the page is not current.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { clientRows } from '../packages/core/src/index.ts';
import { report, root } from './source-files.ts';

const page = 'docs/reference/client-metadata.md';
const file = path.join(root, page);

const types = {
  text: 'text',
  texts: 'list of texts',
  flag: 'true or false',
  number: 'whole number',
  address: 'https address',
  addresses: 'list of https addresses',
  object: 'object',
  picture: 'picture',
} as const;

const rows = clientRows.map(
  ([name, { type, section, by, isHidden, meaning }]) =>
    `| \`${name}\` | ${types[type]} | ${section || 'Keywright'} | ${by.join(', ')} | ${isHidden ? 'no' : 'yes'} | ${meaning} |`,
);

const wanted = `<!-- Made from packages/core/src/model/client-metadata.ts by tools/make-client-metadata-reference.ts: change it there. -->

# Client metadata

These are the members of the metadata of a client. Each member has the same name wherever it is
used: in the [configuration file](configuration.md), in the [admin API](admin-api.md), in
\`keywright clients set\`, in a [registration](../guides/registration.md), in a client ID metadata
document, and in a software statement.

- *Set by* says who may set the member. *client*: the client itself, when it registers, in its
  document, or by its software statement. *administrator*: an administrator, by the admin API or by
  command. *file*: the configuration file.
- *Told* says whether the server shows the member to a client that reads its own registration. An
  administrator can read every member but the secret.
- The server ignores any other member of a registration (RFC 7591 §2). In the file and in the admin
  API it is an error.

| member | type | defined in | set by | told | meaning |
|---|---|---|---|---|---|
${rows.join('\n')}
`;

if (process.argv.includes('--check')) {
  const current = existsSync(file) && readFileSync(file, 'utf8') === wanted;
  report(
    current ? [] : [`${page}: is not what the table says`],
    'Run: node tools/run.cjs tools/make-client-metadata-reference.ts',
  );
} else {
  writeFileSync(file, wanted);
}
