"""Municipal portals: what a product's pages look like is data (a profile), how they are read is code."""
