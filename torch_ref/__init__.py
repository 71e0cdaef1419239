"""torch_ref: torch's side of the comparison.  Importing it imports neither library; its modules do."""
