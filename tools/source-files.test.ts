import { expect, it } from 'vitest';
import { importedBy } from './source-files.ts';

it('the imports of a file include static, type, side-effect, re-exported and dynamic imports', () => {
  const text = [
    "import a from './one.ts';",
    "import type { B } from '../two.ts';",
    "import './three.ts';",
    "export * from './four/index.ts';",
    "const x = await import('./five.ts');",
    'import {',
    '  c,',
    "} from './six.ts';",
    "import { expect } from 'vitest';",
  ].join('\n');
  expect(importedBy({ path: 'tools/file.ts', text })).toEqual([
    'tools/one.ts',
    'two.ts',
    'tools/three.ts',
    'tools/four/index.ts',
    'tools/five.ts',
    'tools/six.ts',
  ]);
});
