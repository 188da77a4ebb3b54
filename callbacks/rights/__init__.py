"""What somebody may ask of what is kept about him: to have it, and to have it forgotten."""
