internal import FaceModels
internal import FoundationEssentials

extension FuzzTarget {
  /// Descriptions of models, of the store's and of a request alike.
  static let manifest = FuzzTarget(
    "manifest", maxBytes: 4096, fixtures: [Fixtures(folder: "Models", suffixes: [".json"])]
  ) { bytes in
    let manifest: ModelManifest
    do throws(ModelError) {
      manifest = try ModelManifest.read(Data(bytes), place: "manifest.json")
    } catch {
      try FuzzFinding.unless(error.message.hasSuffix("."), "an error is no sentence: \(error)")
      return
    }
    try FuzzFinding.unless(!manifest.files.contains { $0.name.contains("/") }, "a file lies in another folder")
    for rate in [1.0, 1e-2, 1e-4, 1e-9] {
      guard let score = manifest.score(fmr: rate) else { continue }
      try FuzzFinding.unless((-1...1).contains(score), "the score for \(rate) is \(score)")
    }
    if let calibration = manifest.calibration {
      for score in [-1.0, 0, 0.5, 1] {
        try FuzzFinding.unless((0...1).contains(calibration.probability(score)), "a probability is none")
      }
    }
    _ = manifest.precision(wanted: nil, isForced: false)
  }
}
