"""What leaves for the evaluators: facts under pseudonyms, the code book they are read by, checksums over both."""
