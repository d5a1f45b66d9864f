// First file of Networks; replaced as the module grows.
