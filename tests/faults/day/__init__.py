"""A scripted day through the real stack while everything around it breaks; then what happened is counted and judged."""
