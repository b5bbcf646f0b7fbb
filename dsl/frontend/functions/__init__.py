"""The Python and NumPy functions that the front end knows by itself."""
