"""Web pages for the people of one member and of the clients that it sponsors, in Chinese and English."""
