/** What the launcher starts: the command line as a process (bin/keywright.cjs). */
import { runCommandLine } from './program.ts';

// A reader such as `head` may close the output early. The command still does its work.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

await runCommandLine(process.argv.slice(2));
