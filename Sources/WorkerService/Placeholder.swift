// First file of WorkerService; replaced as the module grows.
