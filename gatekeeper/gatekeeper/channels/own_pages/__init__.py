"""The school's own pages in this installation: public news, and posts for parents."""
