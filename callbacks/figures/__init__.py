"""Figures one can publish: what each is, from which facts, with which denominator, and how sure it is."""
