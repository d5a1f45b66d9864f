extension ModelManifest {
  /// The sides in pixels that a network's input may have.
  private static let inputSides = 8...8192
  /// Values of a network whose ranges a manifest may list.
  private static let mostRanges = 10_000

  /// Checks what types cannot say; `place` names the manifest in messages.
  func check(_ place: String) throws(ModelError) {
    func fail(_ field: String, _ what: String) -> ModelError {
      ModelError(.invalid, "\(place): \(what).", field: field)
    }
    guard schema == Self.currentSchema else {
      throw fail("schema", "schema \(schema) is not understood, only \(Self.currentSchema)")
    }
    guard !id.isEmpty, id.utf8.count <= 128, !id.contains("/") else {
      throw fail("id", "the id is empty, too long or has a slash")
    }
    guard !files.isEmpty else { throw fail("files", "it names no files") }
    for file in files where file.name.isEmpty || file.name.contains("/") || file.name.hasPrefix(".") {
      throw fail("files", "\"\(file.name)\" is not a plain file name")
    }
    guard Set(files.map(\.name)).count == files.count, !files.contains(where: { $0.name == "manifest.json" }) else {
      throw fail("files", "two of its files have one name, or one is called manifest.json")
    }
    guard input.mean.count == 3, input.scales.count == 3, (input.mean + input.scales).allSatisfy(\.isFinite) else {
      throw fail("input", "input.mean needs three numbers, input.scale one or three")
    }
    for (name, side) in [("input.width", input.width), ("input.height", input.height)] {
      guard let side, !Self.inputSides.contains(side) else { continue }
      throw fail(name, "\(name) must be \(Self.inputSides.lowerBound) to \(Self.inputSides.upperBound)")
    }
    if let origin = derivedFrom {
      guard role == .recognizer, files.count == 1, origin.id != id, !origin.id.isEmpty, !origin.id.contains("/"),
        origin.sha256.utf8.count == 64
      else { throw fail("derivedFrom", "only a recognizer of one file can be derived, and from another model") }
    }
    if let detection {
      let shares = [detection.scoreThreshold, detection.iouThreshold].compactMap { $0 }
      guard shares.allSatisfy({ (0...1).contains($0) }), (64...8192).contains(detection.maxSide ?? 64) else {
        throw fail("detection", "detection needs thresholds from 0 to 1 and a maxSide from 64 to 8192")
      }
    }
    if let ranges {
      let bounds = ranges.values.values
      guard ranges.weights.utf8.count == 64, ranges.values.count <= Self.mostRanges,
        bounds.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isFinite) && $0[0] <= $0[1] })
      else {
        throw fail(
          "ranges",
          "ranges need the weights' digest and two numbers in order for each of at most \(Self.mostRanges) values")
      }
    }
    switch role {
    case .detector: break
    case .liveness:
      guard input.width != nil, input.height != nil else {
        throw fail("input", "a liveness model needs input.width and input.height")
      }
    case .recognizer: try checkRecognizer(fail)
    }
  }

  private func checkRecognizer(_ fail: (String, String) -> ModelError) throws(ModelError) {
    guard let alignment, (16...1024).contains(alignment.size) else {
      throw fail("alignment", "a recognizer needs an alignment with a size from 16 to 1024")
    }
    for (name, side) in [("input.width", input.width), ("input.height", input.height)] {
      guard let side, side != alignment.size else { continue }
      throw fail(name, "\(name) is \(side), but alignment.size is \(alignment.size)")
    }
    guard let embeddingLength, (1...8192).contains(embeddingLength) else {
      throw fail("embeddingLength", "a recognizer needs an embeddingLength from 1 to 8192")
    }
    if testTime?.center == true {
      guard let centerEmbedding, centerEmbedding.count == embeddingLength, centerEmbedding.allSatisfy(\.isFinite) else {
        throw fail("centerEmbedding", "testTime.center needs a centerEmbedding of \(embeddingLength) numbers")
      }
      guard normalize ?? true else { throw fail("testTime.center", "testTime.center needs normalized embeddings") }
    }
    for threshold in thresholds ?? [] {
      guard threshold.metric == "cosine", (-1...1).contains(threshold.score), threshold.fmr > 0 else {
        throw fail(
          "thresholds", "a threshold needs the metric \"cosine\", a score from -1 to 1 and an fmr above 0")
      }
    }
    if let calibration, !(calibration.slope > 0 && calibration.midpoint.isFinite) {
      throw fail("calibration", "a calibration needs a slope above 0")
    }
  }

  /// What a failure to decode a manifest means, and the member at fault.
  static func explain(_ error: any Error) -> (text: String, field: String?) {
    func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      let field = path(context.codingPath + [key])
      return ("\"\(field)\" is missing", field)
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      let field = path(context.codingPath)
      return ("\"\(field)\" has the wrong type", field)
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      let field = path(context.codingPath)
      return ("\"\(field)\" has a value that is not known or out of range", field)
    default:
      return ("it is not valid JSON of the described form", nil)
    }
  }
}
