"""essc: the open electronic social security card platform."""
