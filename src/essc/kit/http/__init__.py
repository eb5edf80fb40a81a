"""The HTTP edge: operations on the wire, pages for people, and the rules both keep."""
