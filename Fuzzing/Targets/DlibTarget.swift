internal import WeightFiles

extension FuzzTarget {
  /// Networks as dlib writes them.
  static let dlib = FuzzTarget(
    "dlib", maxBytes: 8192, fixtures: [Fixtures(folder: "Tests/WeightFilesTests/Fixtures", suffixes: [".dat"])]
  ) { bytes in
    let model: DlibModel
    do throws(WeightFileError) {
      model = try DlibModel.read(bytes)
    } catch {
      try FuzzFinding.unless(error.message.hasSuffix("."), "an error is no sentence: \(error)")
      return
    }
    try FuzzFinding.unless(
      !model.layers.isEmpty && model.layers.count <= bytes.count, "more layers than the file has bytes")
  }
}
