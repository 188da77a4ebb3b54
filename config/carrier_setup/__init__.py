"""The line's numbers at the carrier: what they must lead to, what differs from it, and how that is said.

`rappel24 twilio` asks and writes; here nothing is asked of anybody.
"""
