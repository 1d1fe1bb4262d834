"""Debian's postfix takes the mails of a campaign, and what it delivered is read strictly: `make postfix`."""
