extension SQLiteGallery {
  /// The stored calibration of a model as JSON, `nil` without one; as it is now, changes by other processes included.
  ///
  /// Costs a query of two numbers while nothing has changed.
  package func calibration(of model: ModelIdentity) throws(GalleryError) -> String? {
    try read { (connection, cache) throws(GalleryError) in
      try cache.calibration(of: model, connection)
    }
  }
}
