"""The senior answers in writing; the GP reads it behind a link and a code, or hears it."""
