// What a terminal keeps in this browser: its key pair and its session key, both non-extractable, and its own name. Never anything of a holder.
import { shelf } from "../shelf.js";

export const { get: kept, put: keep, drop } = shelf("essc-terminal", "terminal");
