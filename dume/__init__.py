"""The DUME service (European Single Procurement Document): API first, pages second; never needs a consultation."""
