"""Machines come in: Twilio voice, SMS, status callbacks."""
