"""What happens to a function before it is differentiated."""
