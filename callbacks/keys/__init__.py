"""The keys of what lies sealed: where it lies, how much under which key, and the change to a newer one."""
