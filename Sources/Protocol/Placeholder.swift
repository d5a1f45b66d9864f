// First file of Protocol; replaced as the module grows.
