// First file of WeightFiles; replaced as the module grows.
