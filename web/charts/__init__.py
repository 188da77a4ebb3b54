"""Charts drawn on the server: values and words in, SVG out. They know no page, no figure and no language."""
