/** Clients whose id is the address of their metadata (Client ID Metadata Documents). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { documentsMetadata } from './documents.ts';

export const clientDocuments: Feature = { metadata: documentsMetadata };
