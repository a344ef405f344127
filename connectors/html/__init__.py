"""One municipal web page, turned from bytes into facts: no network, no crawl, no catalogue."""
