"""Two hospitals with invented doctors; every number is one that Arcep keeps for fiction."""
