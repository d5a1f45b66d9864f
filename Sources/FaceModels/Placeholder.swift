// First file of FaceModels; replaced as the module grows.
