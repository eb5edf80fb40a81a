"""All SQL on venues.*: what terminals are and do (`terminals`), and what a desk asks about them (`desk`)."""
