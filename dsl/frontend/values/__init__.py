"""What an expression can be while a program is lowered, and the store that holds it."""
