"""What is written to the line: taken in once, understood, asked back, filed."""
