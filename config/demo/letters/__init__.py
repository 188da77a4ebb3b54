"""The demo's letters: mailboxes of invented GPs, a server that fills them, and a page to read and write in."""
