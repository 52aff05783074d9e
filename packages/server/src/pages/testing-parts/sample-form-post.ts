import type { FormPostView } from '@keywright/core';

/** A hostile state that contains everything that could end a value or an element. */
export const sampleFormPost: FormPostView = {
  form: {
    action: 'https://app.heatlens.example/callback?tenant=7&x=%22',
    fields: { code: 'c0de', state: `"'><script>alert(1)</script>&amp;`, iss: 'https://as.example' },
  },
  returnHost: 'app.heatlens.example',
  script: 'document.forms[0].submit()',
};
