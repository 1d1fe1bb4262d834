"""The units' own pages: reached by a signed link in a mail, on a port of their own; nothing of the desk is here."""
