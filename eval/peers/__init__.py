"""Other programs, run as their own users run them, to be measured beside Gouji."""
