/**
 * Loaded before each file of the flows that are run on PostgreSQL, also where several files share a
 * process.
 */
import { openPlatformsOn } from '../src/index.ts';
import { openOnEmptied } from './emptied-schemas.ts';

openPlatformsOn(openOnEmptied);
