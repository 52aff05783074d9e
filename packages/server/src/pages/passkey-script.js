/*
 * Passkeys on the pages of Keywright. A form with `data-passkey` has a hidden field `passkey` and a
 * button. The script asks the browser for what the attribute says, puts the answer into the field
 * and sends the form. Without scripts these forms are not shown.
 */
(() => {
  const { credentials } = navigator;
  if (!window.PublicKeyCredential || !credentials) return;

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0));
  const toText = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=/g, '');
  const withBytes = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

  // By hand and not by toJSON, because password managers return objects without it.
  const toJson = ({ id, rawId, type, response }) => {
    const sent = {};
    for (const name of [
      'clientDataJSON',
      'attestationObject',
      'authenticatorData',
      'signature',
      'userHandle',
    ])
      if (response[name]) sent[name] = toText(response[name]);
    if (response.getTransports) sent.transports = response.getTransports();
    return JSON.stringify({ id, rawId: toText(rawId), type, response: sent });
  };

  // One request at a time: a click ends the one that waits for the autofill.
  let waiting;
  const ask = async (form, mediation) => {
    const { user, allowCredentials, excludeCredentials, ...options } = JSON.parse(
      form.dataset.passkey,
    );
    const publicKey = { ...options, challenge: toBytes(options.challenge) };
    if (user) {
      publicKey.user = { ...user, id: toBytes(user.id) };
      publicKey.excludeCredentials = withBytes(excludeCredentials);
    } else publicKey.allowCredentials = withBytes(allowCredentials);
    waiting?.abort();
    waiting = new AbortController();
    const request = { publicKey, signal: waiting.signal };
    const credential = user
      ? await credentials.create(request)
      : await credentials.get({ ...request, mediation });
    // The button has this name as its id, so `form.elements` would find both.
    form.querySelector('input[name="passkey"]').value = toJson(credential);
    form.submit();
  };

  // The browser lists passkeys among the suggestions of the field for the e-mail address.
  const offer = async (form) => {
    if (form.dataset.autofill === undefined) return;
    if (await PublicKeyCredential.isConditionalMediationAvailable?.())
      await ask(form, 'conditional').catch(() => {});
  };

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const button = form.querySelector('button');
    const message = form.querySelector('[role="alert"]');
    const press = async () => {
      message.hidden = true;
      button.disabled = true;
      try {
        await ask(form, 'optional');
      } catch (error) {
        const { known, failed } = message.dataset;
        message.textContent = error.name === 'InvalidStateError' && known ? known : failed;
        message.hidden = false;
        button.disabled = false;
        void offer(form);
      }
    };
    button.addEventListener('click', () => void press());
    form.hidden = false;
    void offer(form);
  }
  for (const note of document.querySelectorAll('[data-without-passkeys]')) note.hidden = true;
})();
