"""The channels that an approved post can go to; each speaks for one account."""
