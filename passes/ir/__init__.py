"""What all passes share: operations, locations, edits, expressions, errors."""
