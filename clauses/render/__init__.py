"""Turn included clauses and answers into one numbered tree, and the tree into HTML, DOCX, ODT and PDF."""
