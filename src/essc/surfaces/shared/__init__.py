"""What the faces share: the design system, the drawing of codes, and how times and regions are written for people."""
