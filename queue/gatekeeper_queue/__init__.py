"""Submissions on their way: verdict, review, slot, post, take-down, and the record of it all."""
