"""The pages of DUMEs: the tools without an account, the response pages by three doors, the company's own space."""
