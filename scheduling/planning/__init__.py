"""Making a rota: what is changed and by whom, patterns, leave, publication, what a table of months shows."""
