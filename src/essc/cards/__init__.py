"""Physical cards as the provinces report them: the mirror, its two ways in, and what holders ask of it."""
