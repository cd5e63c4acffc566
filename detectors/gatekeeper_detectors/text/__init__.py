"""Reading what people wrote: captions, alt texts, hashtags, links and file names."""
