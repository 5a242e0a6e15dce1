"""Read and write the sealed bid format pli/1 (docs/reference/sealed-bid-format.md).

An *envelope* (one lot, one kind) has its own key K; its *manifest* and *files* are encrypted streams under
keys derived from K; a CMS *key packet* carries K, or a share of it, to the buyer's certificates.
"""
