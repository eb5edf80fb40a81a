"""The insured person: name, social security number, mobile, photo; sealed per person, found by keyed hash."""
