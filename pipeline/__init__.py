"""From the bytes of a document to what it reports, through one straight road: `extract`."""
