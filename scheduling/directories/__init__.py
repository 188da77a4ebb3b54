"""The directories of hospitals, wards, seniors, practitioners: what a form says is saved, or refused with reasons."""
