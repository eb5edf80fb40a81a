"""A face service, invented: it answers real-person checks with a signature, and lies when told to."""
