"""People come in: the senior's link."""
