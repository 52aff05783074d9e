/** Clients whose id is the address of their metadata (Client ID Metadata Documents §6). */
import type { Feature } from '../../kernel/routing/feature.ts';

export const clientDocuments: Feature<'clientIdDocuments'> = {
  name: 'clientIdDocuments',
  // Without the outbound client no document can be read.
  metadata: ({ outbound }): Readonly<Record<string, unknown>> =>
    outbound === undefined ? {} : { client_id_metadata_document_supported: true },
};
