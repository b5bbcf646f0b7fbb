"""What each kind of value that is no number can do: sequences, structs, arrays, text."""
