/**
 * The configurations for external test benches (examples/conformance), started and driven as their
 * README says.
 */
import { describe } from 'vitest';
import { hasOpenssl } from './benches/bench.ts';
import { describeCertification } from './benches/certification.ts';
import { describeFapi } from './benches/fapi.ts';

/** On the project's build machine they fail instead. */
const isLeftOut = !hasOpenssl() && process.env['TESTS_OPENSSL'] !== 'required';
if (isLeftOut)
  process.stderr.write(
    'openssl is not there, so the test benches are left out (Debian: apt-get install openssl).\n',
  );

describe.skipIf(isLeftOut)('a server for test benches', () => {
  describeCertification();
  describeFapi();
});
