/** Loaded before each file of the flows on PostgreSQL, also if several files share a process. */
import { openPlatformsOn } from '../src/index.ts';
import { openOnEmptied } from './emptied-schemas.ts';

openPlatformsOn(openOnEmptied);
