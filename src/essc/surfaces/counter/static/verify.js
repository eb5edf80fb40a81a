// One question to the platform about a code or a card, and its answer as a verdict. Whatever goes wrong, it is never a yes.
import { Lost, Problem, call } from "./api.js";

export const plain = (text) => text.normalize("NFKC").replace(/[\s-]/g, "");
export const isCode = (text) => /^[0-9]{24}$/.test(text);
export const codeRequest = (code, scene) => ({ path: "/v1/code-redemptions", body: { code, scene }, key: crypto.randomUUID() });
export const cardRequest = (card_string, scene) => ({ path: "/v1/card-readings", body: { card_string, scene }, key: crypto.randomUUID() });

// The same request with the same key again is answered with its first verdict, so trying again after a lost line never burns a second code.
export async function asked(station, request) {
  if (station.link.lost) return { verdict: "NETWORK" };
  try {
    const answer = await station.terminal.ask("POST", request.path, request.body, request.key);
    station.link.found();
    return { ...answer, region: await place(answer.shown?.region) };
  } catch (trouble) {
    if (trouble instanceof Lost) { station.link.gone(); return { verdict: "NETWORK" }; }
    if (!(trouble instanceof Problem)) return { verdict: "OTHER" };
    return { verdict: station.texts.problems[trouble.code] ?? "OTHER", title: trouble.body.title };
  }
}

// Where a region code lies, in words; the code itself when nobody says.
const places = new Map();
async function place(code) {
  if (!code) return undefined;
  if (!places.has(code)) places.set(code, await call("GET", `/v1/regions/${code}`).then((found) => found.path.slice(1).join(" ") || found.name, () => code));
  return places.get(code);
}
