"""Who is on call: hospitals, wards, seniors, shifts, holidays."""
