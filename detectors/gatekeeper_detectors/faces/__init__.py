"""Finding faces and saying, carefully, whose they are."""
