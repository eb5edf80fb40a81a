"""Where a person waits: signing in with password and one-time code, passkeys, joining by a link. Hashes are compared outside transactions."""
from essc.operators.calls.joining import join
from essc.operators.calls.passkeys import new_passkey, offer_passkey, passkey_challenge, sign_in_with_passkey
from essc.operators.calls.signing_in import Entered, authenticate, change_password, confirm, enter, on_screen, unlock

__all__ = ["Entered", "authenticate", "change_password", "confirm", "enter", "join", "new_passkey", "offer_passkey", "on_screen", "passkey_challenge",
           "sign_in_with_passkey", "unlock"]
