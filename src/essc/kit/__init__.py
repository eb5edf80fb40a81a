"""What every room needs and no room owns: not a social-security word in here."""
