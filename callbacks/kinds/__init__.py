"""What may be asked of a hospital: each kind of request with its team, its clock and how it can end."""
