internal import Images
package import Networks
internal import WeightFiles

/// The architectures this program knows, by the name manifests use: the one table from manifest to network.
package enum Architectures {
  /// Builds the detector of a manifest from its weight files; throws ``ModelError`` when they do not fit. A cascade is
  /// float32 in every precision. `int8` takes the manifest's ranges, which must be there.
  package static func detector(
    _ manifest: ModelManifest, weights: [[UInt8]], precision: Precision = .float32
  ) throws -> any FaceDetector {
    switch manifest.architecture {
    case "mtcnn":
      guard weights.count == 3 else { throw ModelError(.invalid, "MTCNN needs three weight files: P-, R- and O-Net.") }
      let tensors = try weights.map { try stateDict($0, manifest.id) }
      return try MTCNN(proposal: tensors[0], refinement: tensors[1], output: tensors[2])
    case "scrfd", "yunet", "retinaface":
      guard weights.count == 1 else {
        throw ModelError(.invalid, "The detector \(manifest.id) needs one weight file.")
      }
      return try SingleShotDetector(manifest, weights: weights[0], precision: precision)
    default:
      throw unknown(manifest, ["mtcnn", "retinaface", "scrfd", "yunet"])
    }
  }

  /// Builds the recognizer of a manifest from its weight files; throws ``ModelError`` when they do not fit.
  package static func embedder(
    _ manifest: ModelManifest, weights: [[UInt8]], precision: Precision = .float32
  ) throws -> any FaceEmbedder {
    try recognizer(manifest, weights: weights).embedder(
      precision: precision, ranges: try manifest.activationRanges(for: precision))
  }

  /// The recognizer of a manifest as a network that can still be changed.
  package static func recognizer(_ manifest: ModelManifest, weights: [[UInt8]]) throws -> RecognizerNetwork {
    guard let rule = manifest.alignment, let length = manifest.embeddingLength, let file = weights.first else {
      throw ModelError(.invalid, "The manifest of \(manifest.id) does not describe a recognizer.")
    }
    let graph: Graph
    switch manifest.architecture {
    case "dlib-resnet-29":
      let model: DlibModel
      do {
        model = try DlibModel.read(file)
      } catch {
        throw ModelError(.invalid, "The weight file of \(manifest.id) cannot be read: \(error.message)")
      }
      graph = try DlibResNet.graph(model, side: rule.size)
    case "inception-resnet-v1":
      graph = try InceptionResnetV1.graph(try stateDict(file, manifest.id))
    case "onnx":
      graph = try OnnxWeights.graph(
        file, id: manifest.id, width: rule.size, height: rule.size, input: manifest.input)
    default:
      throw unknown(manifest, ["dlib-resnet-29", "inception-resnet-v1", "onnx"])
    }
    let finish = EmbeddingFinish(
      normalizes: manifest.normalize ?? true, mirrors: manifest.testTime?.mirror ?? false,
      center: manifest.testTime?.center == true ? manifest.centerEmbedding : nil)
    let network = RecognizerNetwork(
      graph: graph.namingParametersApart(), embeddingLength: length,
      preprocessing: NetworkEmbedder.Preprocessing(manifest.input),
      alignment: try Alignment(rule, manifest.id), finish: finish, triesBatches: manifest.architecture == "onnx")
    guard manifest.derivedFrom != nil else { return network }
    guard weights.count >= 2, let changed = weights.last else {
      throw ModelError(.invalid, "The recognizer \(manifest.id) lacks the weights of the one it was trained from.")
    }
    let tensors = try stateDict(changed, manifest.id)
    return try network.replacing(
      Dictionary(
        tensors.names.compactMap { name in tensors[name].map { (name, $0) } }, uniquingKeysWith: { first, _ in first }))
  }

  /// Builds the liveness network of a manifest: so far only to find out whether it runs. Its "embedding" is the first
  /// output, raw, for the detector's box.
  package static func liveness(_ manifest: ModelManifest, weights: [[UInt8]]) throws -> any FaceEmbedder {
    guard manifest.architecture == "onnx" else { throw unknown(manifest, ["onnx"]) }
    guard let width = manifest.input.width, let height = manifest.input.height, let file = weights.first else {
      throw ModelError(.invalid, "The manifest of \(manifest.id) does not describe a liveness model.", field: "input")
    }
    return try NetworkEmbedder(
      OnnxWeights.graph(
        file, id: manifest.id, width: width, height: height, input: manifest.input),
      embeddingLength: nil,
      preprocessing: NetworkEmbedder.Preprocessing(manifest.input),
      alignment: Alignment(kind: .box(margin: 0), width: width, height: height),
      finish: EmbeddingFinish(normalizes: false))
  }

  /// Tensors of a PyTorch checkpoint or a safetensors file.
  static func stateDict(_ bytes: [UInt8], _ id: String) throws(ModelError) -> NamedTensors {
    do {
      // A safetensors file starts with the length of its JSON header and then a brace.
      if bytes.count > 9, bytes[8] == UInt8(ascii: "{") { return try Safetensors.read(bytes) }
      return try TorchCheckpoint.read(bytes)
    } catch {
      throw ModelError(.invalid, "A weight file of \(id) cannot be read: \(error.message)")
    }
  }

  private static func unknown(_ manifest: ModelManifest, _ known: [String]) -> ModelError {
    ModelError(
      .invalid,
      "The \(manifest.role.rawValue) \(manifest.id) has the architecture \"\(manifest.architecture)\"; "
        + "known are \(known.joined(separator: ", ")).", field: "architecture")
  }
}

extension NetworkEmbedder.Preprocessing {
  /// What a manifest says of an image's numbers, in the order red, green, blue.
  init(_ input: ModelManifest.Input) {
    let blueFirst = input.channels == .bgr
    self.init(
      mean: blueFirst ? input.mean.reversed() : input.mean, scale: blueFirst ? input.scales.reversed() : input.scales,
      blueFirst: blueFirst)
  }
}

extension Alignment {
  /// The alignment a manifest describes.
  init(_ rule: ModelManifest.AlignmentRule, _ id: String) throws(ModelError) {
    switch rule.kind {
    case "similarity":
      guard let points = rule.points, points.count == 5,
        points.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isFinite) })
      else { throw ModelError(.invalid, "The alignment of \(id) needs five points of two numbers.") }
      self.init(kind: .template(points.map { Point(x: $0[0], y: $0[1]) }), width: rule.size, height: rule.size)
    case "box":
      let margin = rule.margin ?? 0
      guard margin >= 0, margin < rule.size else {
        throw ModelError(.invalid, "The alignment margin of \(id) must be at least 0 and below its size.")
      }
      self.init(kind: .box(margin: margin), width: rule.size, height: rule.size)
    default:
      throw ModelError(.invalid, "The alignment \"\(rule.kind)\" of \(id) is not known, only similarity and box.")
    }
  }
}
