"""Make signatures: ``prepare`` says which bytes to sign, the value comes from anywhere, ``assemble`` puts it in."""
