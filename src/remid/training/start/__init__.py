"""Starting the processes of a training, and ending them."""
