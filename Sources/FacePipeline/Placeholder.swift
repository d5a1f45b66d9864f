// First file of FacePipeline; replaced as the module grows.
