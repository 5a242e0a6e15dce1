"""What a hostile file may cost: beyond these it is refused with a clear word."""

#: A file to verify, in bytes; a signed document is given whole.
FILE_BYTES = 256 << 20
#: One detached token, one ASiC manifest, one embedded CMS.
TOKEN_BYTES = 32 << 20
XML_BYTES = 64 << 20
#: Elements and attributes of an XML file; each costs some 200 bytes of memory, whatever it weighs in the file.
XML_NODES = 150_000
XML_DEPTH = 200
XML_ATTRIBUTES = 250
SIGNATURES = 200
REFERENCES = 2_000
TIMESTAMPS = 200
CERTIFICATES = 500
ZIP_ENTRIES = 1_000
ZIP_EXPANDED = 1 << 30
ZIP_RATIO = 100
COUNTER_DEPTH = 5
#: Bytes put in canonical form for the references and time-stamps of one XML file, or eight times its size if more.
XML_WORK = 128 << 20
#: What a reference, a stamped property or a candidate certificate counts for in that work.
XML_STEP = 4 << 10
