"""The pure core of the DUME room: documents of the European Single Procurement Document, read, checked and written.

Bytes and plain values in, typed values out: no Pyramid, no SQLAlchemy, no network. The internal model is that of
ESPD-EDM 4.1.0; older versions are converted to it with a complete report, and nothing is lost in silence.
"""
