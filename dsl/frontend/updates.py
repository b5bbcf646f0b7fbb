"""What a program changed in its arguments."""
def collect(outputs, inputs): pass
