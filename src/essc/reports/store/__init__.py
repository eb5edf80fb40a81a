"""The only SQL on reports.*: counting, figures, proofs."""
