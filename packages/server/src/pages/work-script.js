/*
 * The proof of work on the pages of Keywright. An element with `data-work` has a challenge of
 * altcha-lib, and a hidden field `work`. The script looks for the number that solves the challenge,
 * puts it into the field, and says that the user can try again. Without scripts the user waits.
 */
(() => {
  const { subtle } = window.crypto;
  if (!subtle) return;

  const toBytes = (hex) => Uint8Array.from(hex.match(/../g), (two) => Number.parseInt(two, 16));
  const toHex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, '0')).join('');

  const solve = async ({ nonce, salt, cost, keyLength, keyPrefix }) => {
    const start = toBytes(nonce);
    const password = new Uint8Array(start.length + 4);
    password.set(start);
    const view = new DataView(password.buffer);
    const settings = { name: 'PBKDF2', hash: 'SHA-256', salt: toBytes(salt), iterations: cost };
    const derive = async (counter) => {
      view.setUint32(start.length, counter);
      const key = await subtle.importKey('raw', password.slice(), 'PBKDF2', false, ['deriveBits']);
      return toHex(new Uint8Array(await subtle.deriveBits(settings, key, keyLength * 8)));
    };
    // Some at a time, which the browser computes side by side, and the page stays usable.
    for (let counter = 0; ; counter += 8) {
      const keys = await Promise.all(
        [0, 1, 2, 3, 4, 5, 6, 7].map((more) => derive(counter + more)),
      );
      const found = keys.findIndex((key) => key.startsWith(keyPrefix));
      if (found >= 0) return { counter: counter + found, derivedKey: keys[found] };
    }
  };

  for (const part of document.querySelectorAll('[data-work]')) {
    const message = part.querySelector('[role="status"]');
    const button = part.closest('form').querySelector('button[type="submit"]');
    const work = async () => {
      const challenge = JSON.parse(part.dataset.work);
      button.disabled = true;
      message.textContent = message.dataset.working;
      part.hidden = false;
      try {
        const solution = await solve(challenge.parameters);
        part.querySelector('input').value = JSON.stringify({ challenge, solution });
        message.textContent = message.dataset.done;
      } catch {
        part.hidden = true;
      }
      button.disabled = false;
    };
    void work();
  }
})();
