"""Room operators: staff, their roles and areas, how they sign in, and what takes two of them."""
