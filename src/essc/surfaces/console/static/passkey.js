// Passkeys: asks the browser's authenticator what the server wants to know, and puts its answer into the form. Shown only where the browser can.
const form = document.querySelector("[data-passkey]");

if (form && window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  form.hidden = false;
  const button = form.querySelector("button"), said = form.querySelector("[data-said]"), making = "making" in form.dataset;
  button.addEventListener("click", async () => {
    said.textContent = "";
    button.disabled = true;
    try {
      const asked = await (await fetch(form.dataset.passkey, { method: "POST", headers: { Accept: "application/json" } })).json();
      const key = asked.options.publicKey;
      const made = making
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(key) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(key) });
      form.elements.token.value = asked.token;
      form.elements.answer.value = JSON.stringify(made.toJSON());
      form.submit();
    } catch {
      said.textContent = form.dataset.trouble;
      button.disabled = false;
    }
  });
}
