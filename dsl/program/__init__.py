"""What can be compiled and called: lowering, the compile cache, the text of every stage."""
