/** Spans as lines of JSON on standard error: `node --import ./deploy/observability/print-spans.mjs … serve`. */
import { isMainThread } from 'node:worker_threads';
import { collectSpans } from './collect-spans.mjs';

// Node loads this in each thread; requests are answered in one of them.
if (isMainThread) collectSpans((span) => process.stderr.write(`${JSON.stringify(span)}\n`));
