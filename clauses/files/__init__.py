"""Read and write a clause library as files: strict YAML in, canonical bytes out."""
