internal import CKernels
internal import Glibc
internal import Images
internal import Networks
internal import Tensors
internal import WeightFiles

/// The cascade's first network on one level of the pyramid, as one kernel from the picture's bytes to the places that may
/// hold a face: rows of all layers stay in cache, nothing of a level's size is kept.
///
/// The same arithmetic as ``CascadeNetworks/proposal(_:)``, in another order.
struct ProposalNetwork: Sendable {
  /// One size at which the picture is looked at.
  struct Level: Equatable {
    /// Pixels of the level for one of the picture.
    let scale: Double
    /// Size in pixels.
    let width: Int
    let height: Int

    /// Rows and columns of the network's answer; not positive when the level is too small for one.
    var rows: Int { (height - 1) / 2 - 4 }
    var columns: Int { (width - 1) / 2 - 4 }
  }

  /// A place of the answer: the window of 12 pixels from (2 * column, 2 * row) of the level on.
  struct Place {
    let row: Int
    let column: Int
    /// The probability that it holds a face.
    let score: Float
    /// Where the face's edges lie, in units of the window: left, top, right, bottom.
    let offsets: (Float, Float, Float, Float)
  }

  private let packed: [Float]
  private static let isa = fk_detect_isa()

  /// Takes the weights of facenet-pytorch's P-Net; throws `invalid` when a tensor is missing or has another shape.
  init(_ weights: NamedTensors) throws(ModelError) {
    func values(_ key: String, _ shape: Shape) throws(ModelError) -> [Float] {
      try weights.required(key, shape).values
    }
    var layers: [[Float]] = []
    for (number, shape) in ([[10, 3, 3, 3], [16, 10, 3, 3], [32, 16, 3, 3]] as [Shape]).enumerated() {
      layers.append(try values("conv\(number + 1).weight", shape))
      layers.append(try values("conv\(number + 1).bias", [shape[0]]))
      layers.append(try values("prelu\(number + 1).weight", [shape[0]]))
    }
    let heads = try values("conv4_1.weight", [2, 32, 1, 1]) + values("conv4_2.weight", [4, 32, 1, 1])
    let bias = try values("conv4_1.bias", [2]) + values("conv4_2.bias", [4])
    packed = Self.pack(layers, heads: heads, bias: bias)
  }

  private static func pack(_ layers: [[Float]], heads: [Float], bias: [Float]) -> [Float] {
    // One piece of memory, so that a single pointer reaches all.
    let joined = layers.flatMap { $0 }
    return [Float](unsafeUninitializedCapacity: fk_proposal_weight_count()) { packed, count in
      count = packed.count
      joined.withUnsafeBufferPointer { joined in
        guard var next = joined.baseAddress else { return }
        func take(_ index: Int) -> UnsafePointer<Float> {
          defer { next += layers[index].count }
          return next
        }
        let kernelLayers = stride(from: 0, to: layers.count, by: 3).map {
          fk_proposal_layer(weights: take($0), bias: take($0 + 1), slopes: take($0 + 2))
        }
        fk_proposal_pack(isa, kernelLayers, heads, bias, packed.baseAddress)
      }
    }
  }

  /// The places in some rows of the answer for `level` whose score is at least `threshold`, in (0, 1), row by row.
  func places(_ image: Image, _ level: Level, rows: Range<Int>, threshold: Float) -> [Place] {
    guard level.columns > 0, rows.lowerBound >= 0, rows.upperBound <= level.rows, !rows.isEmpty else { return [] }
    // The softmax of two outputs is a question of their difference; a little less, because the kernel adds up in another
    // order than the score below.
    let least = logf(threshold / (1 - threshold)) - 0.01
    return image.pixels.withUnsafeBufferPointer { pixels in
      var area = fk_area(
        pixels: pixels.baseAddress, stride: image.width * 3, w: Int32(image.width), h: Int32(image.height),
        out_w: Int32(level.width), out_h: Int32(level.height), mean: 127.5, scale: 0.0078125)
      let scratch = fk_proposal_scratch(Self.isa, &area)
      let room = rows.count * level.columns
      let floats = MemoryLayout<fk_proposal>.stride / MemoryLayout<Float>.stride
      return Workspace.with(room * floats + scratch) { base in
        let found = UnsafeMutableRawPointer(base).bindMemory(to: fk_proposal.self, capacity: room)
        let count = fk_proposal_run(
          Self.isa, packed, &area, Int32(rows.lowerBound), Int32(rows.upperBound), least, base + room * floats, found)
        // Of equal scores the first place wins later on, as in the published code.
        let order = (0..<count).sorted { (found[$0].row, found[$0].column) < (found[$1].row, found[$1].column) }
        return order.compactMap { index in
          let (answer, row, column) = (found[index].values, found[index].row, found[index].column)
          let score = 1 / (1 + expf(answer.0 - answer.1))
          guard score >= threshold else { return nil }
          return Place(
            row: Int(row), column: Int(column), score: score, offsets: (answer.2, answer.3, answer.4, answer.5))
        }
      }
    }
  }
}
