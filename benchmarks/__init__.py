"""What a call costs this house, against floors that do next to nothing; `make bench`."""
