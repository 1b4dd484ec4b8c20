"""What people and programs call: the command line, batches of files."""
