"""The dynamic code: minted on a phone, redeemed once at a reader."""
