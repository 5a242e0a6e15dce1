"""Pages of consultations: public ones, the buyer's, and the files."""
