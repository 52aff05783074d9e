/** Run by vitest at the head of each test file. */
import { recordRun } from './report.ts';

recordRun();
