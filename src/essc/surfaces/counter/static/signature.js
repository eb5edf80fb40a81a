// RFC 9421 in a browser: the headers that make a request one that the platform accepts. The algorithm belongs to the key, never to the message.
const TAG = "essc", LABEL = "sig";
const bytes = (text) => new TextEncoder().encode(text);
export const base64 = (data) => btoa(String.fromCharCode(...new Uint8Array(data)));
export const unbase64 = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

export const signedHeaders = async (...request) => (await signed(...request)).headers;

// The headers, and what was signed: for whoever wants to see it.
export async function signed(method, path, body, { keyid, sign, created, idempotencyKey }) {
  const headers = {};
  if (body) {
    headers["content-digest"] = `sha-256=:${base64(await crypto.subtle.digest("SHA-256", bytes(body)))}:`;
    headers["content-type"] = "application/json";
  }
  if (idempotencyKey) headers["idempotency-key"] = idempotencyKey;
  const [plain, query = ""] = path.split("?");
  const lines = [["@method", method], ["@path", plain], ["@query", `?${query}`], ...Object.entries(headers)];
  const covered = lines.map(([name]) => `"${name}"`).join(" ");
  const params = `(${covered});created=${created};keyid="${keyid}";tag="${TAG}"`;
  const base = lines.map(([name, value]) => `"${name}": ${value}\n`).join("") + `"@signature-params": ${params}`;
  const value = base64(await sign(bytes(base)));
  return { base, headers: { ...headers, "signature-input": `${LABEL}=${params}`, signature: `${LABEL}=:${value}:` } };
}

export const byKeyPair = (pair) => (data) => crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, data);
export const bySecret = (key) => (data) => crypto.subtle.sign("HMAC", key, data);

export const newKeyPair = () => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
export async function publicKey(pair) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { kty, crv, x, y };
}
export const secretKey = (raw) => crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
