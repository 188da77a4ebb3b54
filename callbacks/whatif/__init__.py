"""What would have been answered: a past month's calls against another rota, ring time or second line."""
