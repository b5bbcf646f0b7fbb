"""What is read off the Python source alone, before anything has a value."""
