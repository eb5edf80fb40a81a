// The sandbox key of an app in this browser: imported once, from then on it signs and cannot be read out again (non-extractable, IndexedDB).
import { shelf } from "../shelf.js";

const ring = shelf("essc-portal", "keys");
const ALGORITHMS = [["Ed25519", { name: "Ed25519" }, { name: "Ed25519" }],
  ["ES256", { name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }]];
const USED = ["kty", "crv", "x", "y", "d"];

export class Trouble extends Error {}                       // its message is the name of a sentence

export const kept = () => ring.get("own");
export const forget = () => ring.drop("own");

// A private key as PEM (PKCS #8) or JWK; the algorithm is the key's.
function read(text) {
  if (text.startsWith("{")) {
    const jwk = JSON.parse(text);
    if (jwk.crv === "SM2") throw new Trouble("sm2");
    return { format: "jwk", data: Object.fromEntries(USED.filter((name) => jwk[name]).map((name) => [name, jwk[name]])), keyid: jwk.kid };
  }
  const packed = text.replace(/-----[^-]+-----|\s/g, "");
  return { format: "pkcs8", data: Uint8Array.from(atob(packed), (char) => char.charCodeAt(0)) };
}

export async function bring(text, keyid) {
  if (!globalThis.crypto?.subtle) throw new Trouble("no_crypto");
  let given;
  try { given = read(text.trim()); } catch (error) { throw error instanceof Trouble ? error : new Trouble("bad_key"); }
  const id = keyid.trim() || given.keyid;
  if (!/^ckey_[0-9a-z]{26}$/.test(id ?? "")) throw new Trouble("no_keyid");
  let missing = false;
  for (const [name, algorithm, by] of ALGORITHMS) {
    try {
      const key = await crypto.subtle.importKey(given.format, given.data, algorithm, false, ["sign"]);
      const record = { keyid: id, name, by, key };
      await ring.put("own", record);
      return record;
    } catch (error) { missing ||= error.name === "NotSupportedError"; }
  }
  throw new Trouble(missing ? "no_algorithm" : "bad_key");
}

export const signer = (record) => (data) => crypto.subtle.sign(record.by, record.key, data);
