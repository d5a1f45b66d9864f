internal import CKernels
internal import Images
internal import Networks
internal import Tensors

/// What one single-shot architecture answers, told apart from how pictures get in and faces get out.
protocol ProposalDecoder: Sendable {
  /// Makes sure that outputs of these shapes are this architecture's for an input of `width` x `height` pixels; throws
  /// `invalid` with what is wrong.
  func check(names: [String], shapes: [Shape], width: Int, height: Int) throws(ModelError)

  /// The proposals of at least `threshold` score among the outputs for an input of `width` x `height` pixels.
  ///
  /// They may be senseless (see ``FaceProposal/isSane``). Throws `invalid` when the outputs are not this architecture's.
  func proposals(
    _ outputs: NetworkOutputs, width: Int, height: Int, threshold: Float
  ) throws(ModelError) -> [FaceProposal]

  /// The box by which the overlap of proposals is judged; `pixel` is the side of one of the picture's pixels.
  func footprint(_ box: FaceProposal.Edges, pixel: Float) -> FaceProposal.Edges
}

/// The outputs of a run, copied: names and contiguous tensors.
struct NetworkOutputs {
  let names: [String]
  let tensors: [Tensor]

  /// `name 1 x 2 x 3, ...`, for messages.
  var listing: String { Self.listing(names, tensors.map(\.shape)) }

  static func listing(_ names: [String], _ shapes: [Shape]) -> String {
    zip(names, shapes).prefix(20).map { "\($0.prefix(40)) \($1)" }.joined(separator: ", ")
  }
}

/// A detector that looks at the whole picture once: SCRFD, YuNet, RetinaFace.
final class SingleShotDetector: FaceDetector {
  /// How pictures get in and faces get out.
  struct Settings {
    var letterbox: Letterbox.Rule
    /// See ``Letterbox``.
    var exactScale: Bool
    var preprocessing: NetworkEmbedder.Preprocessing
    var scoreThreshold: Float
    var overlapThreshold: Float
    /// See ``FaceDetector/certainScore``.
    var certainScore: Float
  }

  let network: ImageNetwork
  private let decoder: any ProposalDecoder
  let settings: Settings
  package var certainScore: Double { Double(settings.certainScore) }
  /// Candidates compared, best first: a picture of noise must not keep the worker busy for minutes.
  private static let candidateLimit = 20_000
  private static let isa = fk_detect_isa()

  /// Throws `invalid` when the network does not take inputs of the set size or does not answer as the decoder needs.
  init(_ network: ImageNetwork, _ decoder: any ProposalDecoder, _ settings: Settings) throws(ModelError) {
    self.network = network
    self.decoder = decoder
    self.settings = settings
    let probe = Letterbox(settings.letterbox, imageWidth: 320, imageHeight: 256, exactScale: false)
    let shapes = try network.outputShapes(for: [1, 3, probe.height, probe.width])
    try decoder.check(names: network.outputNames, shapes: shapes, width: probe.width, height: probe.height)
  }

  func detect(_ image: Image, minFaceSize: Double, context: RunContext) throws -> [DetectedFace] {
    let letterbox = Letterbox(
      settings.letterbox, imageWidth: image.width, imageHeight: image.height, exactScale: settings.exactScale)
    let covered = image.resizedBilinearly(width: letterbox.coveredWidth, height: letterbox.coveredHeight)
    try context.checkpoint()
    let outputs = try network.run(
      [1, 3, letterbox.height, letterbox.width], pool: context.pool,
      fill: { fill($0, with: covered, context.pool) },
      read: { outputs in
        NetworkOutputs(names: network.outputNames, tensors: (0..<outputs.count).map { outputs.tensor($0) })
      })
    try context.checkpoint()
    let found = try decoder.proposals(
      outputs, width: letterbox.width, height: letterbox.height, threshold: settings.scoreThreshold)
    return faces(found, letterbox).filter { min($0.width, $0.height) >= minFaceSize }
  }

  /// Writes the picture top left, and what black becomes elsewhere.
  func fill(_ input: PlanImage, with picture: Image, _ pool: WorkPool = .serial) {
    let height = input.shape[2]
    // A few bands for each thread, of 64 rows or more.
    let bands = pool.lanes > 1 ? max(min(height / 64, pool.lanes * 2), 1) : 1
    input.fill(pool, bands) { input, band in
      self.fill(input, rows: band * height / bands..<(band + 1) * height / bands, with: picture)
    }
  }

  private func fill(_ input: PlanImage, rows: Range<Int>, with picture: Image) {
    let width = input.shape[3]
    let black = [UInt8](repeating: 0, count: width * 3)
    let rule = settings.preprocessing
    func write(_ pixels: UnsafePointer<UInt8>, _ count: Int, _ y: Int, _ x: Int) {
      guard count > 0 else { return }
      fk_normalize_rgb8(Self.isa, pixels, count, rule.mean, rule.scale, rule.blueFirst ? 1 : 0, input.pixel(0, y, x))
    }
    picture.pixels.withUnsafeBufferPointer { pixels in
      black.withUnsafeBufferPointer { black in
        guard let start = pixels.baseAddress, let black = black.baseAddress else { return }
        for y in rows {
          let count = y < picture.height ? picture.width : 0
          if count > 0 { write(start + y * picture.width * 3, count, y, 0) }
          write(black, width - count, y, count)
        }
      }
    }
  }

  /// The proposals that stand for themselves, as faces of the picture, best first.
  private func faces(_ proposals: [FaceProposal], _ letterbox: Letterbox) -> [DetectedFace] {
    let (scaleX, scaleY) = (letterbox.scaleX, letterbox.scaleY)
    let sane = proposals.filter(\.isSane)
    let footprints = sane.map { (box: decoder.footprint($0.box, pixel: Float(scaleY)), score: $0.score) }
    let kept = NonMaximumSuppression.anyShape(
      footprints, threshold: settings.overlapThreshold, limit: Self.candidateLimit)
    return kept.map { index in
      let (box, points) = (sane[index].box, sane[index].points)
      return DetectedFace(
        x: Double(box.left) / scaleX, y: Double(box.top) / scaleY, width: Double(box.width) / scaleX,
        height: Double(box.height) / scaleY, score: Double(min(sane[index].score, 1)),
        landmarks: stride(from: 0, to: points.count - 1, by: 2).map {
          Point(x: Double(points[$0]) / scaleX, y: Double(points[$0 + 1]) / scaleY)
        })
    }
  }
}
