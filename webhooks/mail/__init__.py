"""E-mail comes in: three doors hand the same bytes to one reading of them."""
