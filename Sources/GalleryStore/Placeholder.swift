// First file of GalleryStore; replaced as the module grows.
