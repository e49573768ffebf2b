"""What the pages and mails of conversations show."""
