// The demonstration in one command: sets up, then runs tools/start.ts with the pinned Node.
'use strict';

require('./run.cjs').run('tools/start.ts', process.argv.slice(2));
