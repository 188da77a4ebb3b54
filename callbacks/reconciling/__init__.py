"""The carrier's own lists against ours: what we missed is taken in, what differs is mended or told."""
