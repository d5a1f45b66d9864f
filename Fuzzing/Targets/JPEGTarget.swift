extension FuzzTarget {
  /// JPEG files, with their EXIF orientation.
  static let jpeg = FuzzTarget(
    "jpeg", maxBytes: 16_384, largestAllocation: 32,
    fixtures: [Fixtures(folder: "Tests/ImagesTests/Fixtures", suffixes: [".jpg"])]
  ) { bytes in
    try PictureCheck.run(bytes)
  }
}
