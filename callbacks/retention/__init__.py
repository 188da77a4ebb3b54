"""How long what is kept is kept: rules that somebody approved, what they destroy, what is held, and the register."""
