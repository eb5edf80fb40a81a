"""What a holder has chosen for the faces: elder mode, the size of the text, the terms that were agreed to."""
