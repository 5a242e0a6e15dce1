"""Where keys are: a file (PKCS#12), a card or token (PKCS#11), a remote service (CSC v2)."""
