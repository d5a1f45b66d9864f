import Tensors
import TestSupport
import Testing

@testable import FaceModels

/// What the decoders make of outputs of each known form, of foreign and of senseless ones.
@Suite struct ProposalDecoderTests {
  typealias Named = (name: String, shape: Shape)

  /// An input of 64 x 96 (width x height): 8 x 12, 4 x 6 and 2 x 3 cells.
  static let (width, height) = (64, 96)
  static let cells = [96, 24, 6]

  static func scrfd(anchors: Int, points: Bool, batch: Bool) -> [Named] {
    ([1, 4] + (points ? [10] : [])).flatMap { last in
      cells.map { cells -> Named in
        ("\(last)_\(cells)", batch ? [1, cells * anchors, last] : [cells * anchors, last])
      }
    }
  }

  static let yunet: [Named] = [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)].flatMap { name, last in
    zip([8, 16, 32], cells).map { stride, cells -> Named in ("\(name)_\(stride)", [1, cells, last]) }
  }

  static let retinaFace: [Named] = [("a", [1, 252, 4]), ("b", [1, 252, 2]), ("c", [1, 252, 10])]

  /// Outputs that are `fill` everywhere but where `change` says otherwise.
  static func outputs(
    _ list: [Named], fill: Float = 0, _ change: (String, inout [Float]) -> Void = { _, _ in }
  ) -> NetworkOutputs {
    NetworkOutputs(
      names: list.map(\.name),
      tensors: list.map { entry in
        var values = [Float](repeating: fill, count: entry.shape.count)
        change(entry.name, &values)
        return Tensor(shape: entry.shape, values: values)
      })
  }

  static func decode(_ decoder: any ProposalDecoder, _ outputs: NetworkOutputs, _ threshold: Float = 0.5) throws
    -> [FaceProposal]
  {
    try decoder.check(
      names: outputs.names, shapes: outputs.tensors.map(\.shape), width: width, height: height)
    return try decoder.proposals(outputs, width: width, height: height, threshold: threshold)
  }

  // MARK: Known forms

  @Test(arguments: [1, 2], [false, true])
  func everySCRFD(anchors: Int, points: Bool) throws {
    for batch in [false, true] {
      for reversed in [false, true] {
        var list = Self.scrfd(anchors: anchors, points: points, batch: batch)
        if reversed { list.reverse() }
        // The last anchor of the cell in column 1, row 2 of the level of stride 16.
        let row = (2 * 4 + 1) * anchors + anchors - 1
        let outputs = Self.outputs(list) { name, values in
          if name == "1_24" { values[row] = 0.9 }
          if name == "4_24" { values.replaceSubrange(row * 4..<row * 4 + 4, with: [1, 0.5, 0.25, 2]) }
          if name == "10_24" { for i in 0..<10 { values[row * 10 + i] = Float(i) / 10 } }
        }
        let found = try Self.decode(SCRFD(), outputs)
        try #require(found.count == 1)
        #expect(found[0].score == 0.9)
        let box = found[0].box
        // Anchor (16, 32), stride 16.
        #expect([box.left, box.top, box.right, box.bottom] == [0, 24, 20, 64])
        guard points else {
          #expect(found[0].points.isEmpty)
          continue
        }
        let near = found[0].points.indices.filter { index in
          let anchor: Float = index % 2 == 0 ? 16 : 32
          return abs(found[0].points[index] - anchor - Float(index) * 1.6) < 1e-4
        }
        #expect(near.count == 10)
      }
    }
  }

  @Test func fiveLevelsOfSCRFD() throws {
    let cells = [96, 24, 6, 2, 1]
    let list = [1, 4].flatMap { last in cells.map { cells -> Named in ("\(last)_\(cells)", [cells, last]) } }
    let outputs = Self.outputs(list) { name, values in
      if name == "1_2" { values[1] = 0.75 }
      if name == "4_2" { values.replaceSubrange(4..<8, with: [0, 0.5, 1, 0.5]) }
    }
    let found = try Self.decode(SCRFD(), outputs)
    try #require(found.count == 1)
    // The second cell of stride 64 lies below the first.
    #expect(found[0].box.left == 0 && found[0].box.top == 32 && found[0].box.right == 64 && found[0].box.bottom == 96)
  }

  @Test(arguments: [true, false])
  func yunet(named: Bool) throws {
    let row = 3 * 8 + 5
    var outputs = Self.outputs(Self.yunet) { name, values in
      if name == "cls_8" { values[row] = 0.81 }
      if name == "obj_8" { values[row] = 1.7 }
      if name == "bbox_8" { values.replaceSubrange(row * 4..<row * 4 + 4, with: [0.5, 0.25, 1, 0]) }
      if name == "kps_8" { for i in 0..<10 { values[row * 10 + i] = Float(i) } }
    }
    if !named { outputs = NetworkOutputs(names: outputs.names.map { "x\($0)" }, tensors: outputs.tensors) }
    let found = try Self.decode(YuNet(), outputs)
    try #require(found.count == 1)
    #expect(abs(found[0].score - 0.9) < 1e-6)
    let box = found[0].box
    #expect(abs(box.width - 8 * 2.7182817) < 1e-4 && abs(box.height - 8) < 1e-4)
    #expect(abs(box.centerX - 44) < 1e-4 && abs(box.centerY - 26) < 1e-4)
    #expect(found[0].points[0] == 40 && found[0].points[1] == 32 && found[0].points[9] == 96)
  }

  @Test(arguments: [true, false])
  func retinaFace(probabilities: Bool) throws {
    // The second prior (32 pixels) of the cell in column 2, row 1 of stride 8.
    let row = (1 * 8 + 2) * 2 + 1
    let outputs = Self.outputs(Self.retinaFace.reversed()) { name, values in
      if name == "b" {
        for i in 0..<252 { (values[2 * i], values[2 * i + 1]) = probabilities ? (1, 0) : (4, -4) }
        (values[2 * row], values[2 * row + 1]) = probabilities ? (0.25, 0.75) : (1, 3)
      }
      if name == "a" { values.replaceSubrange(row * 4..<row * 4 + 4, with: [1, -1, 0, 5]) }
      if name == "c" { values[row * 10 + 9] = 10 }
    }
    let found = try Self.decode(RetinaFace(), outputs)
    try #require(found.count == 1)
    #expect(abs(found[0].score - (probabilities ? 0.75 : 0.880797)) < 1e-6)
    let box = found[0].box
    #expect(abs(box.centerX - 23.2) < 1e-4 && abs(box.centerY - 8.8) < 1e-4)
    #expect(abs(box.width - 32) < 1e-4 && abs(box.height - 32 * 2.7182817) < 1e-4)
    #expect(found[0].points[0] == 20 && abs(found[0].points[9] - 44) < 1e-4)
  }

  // MARK: Foreign and senseless outputs

  static let decoders: [(any ProposalDecoder, [Named])] = [
    (SCRFD(), scrfd(anchors: 2, points: true, batch: false)), (YuNet(), yunet), (RetinaFace(), retinaFace),
  ]

  @Test func foreignOutputsAreRefused() throws {
    for (decoder, own) in Self.decoders {
      var lists: [[Named]] = [
        [], [("x", [])], [("x", [1, 1000])], Array(own.dropLast()),
        own.map { ($0.name, Shape($0.shape.dimensions.map { $0 * 2 })) },
        own.map { ($0.name, Shape(Array($0.shape.dimensions.dropLast()))) },
        own.map { ($0.name, Shape(Array(repeating: 0, count: $0.shape.rank))) },
      ]
      if decoder is SCRFD { lists.append(own + [("more", [1, 1])]) }
      for index in own.indices {
        var changed = own
        changed[index].shape = [17, own[index].shape.dimensions.last ?? 1]
        lists.append(changed)
      }
      lists += Self.decoders.map(\.1).filter { $0.map(\.name) != own.map(\.name) }
      for list in lists {
        let error = #expect(throws: ModelError.self) {
          _ = try Self.decode(decoder, Self.outputs(list))
        }
        #expect(error?.message.contains("64 x 96") == true)
      }
    }
  }

  @Test(arguments: [
    Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1e30, -1e9, 88,
    .leastNonzeroMagnitude,
  ])
  func senselessValuesNeverBecomeFaces(value: Float) throws {
    for (decoder, own) in Self.decoders {
      let found = try Self.decode(decoder, Self.outputs(own, fill: value), 0)
      let sane = found.filter(\.isSane)
      #expect(abs(value) < 100 || sane.isEmpty)
      let boxes = found.map { (box: decoder.footprint($0.box, pixel: 0.5), score: $0.score) }
      _ = NonMaximumSuppression.anyShape(boxes, threshold: 0.4, limit: 20_000)
      var random = SeededGenerator(seed: 3)
      let mixed = Self.outputs(own) { _, values in
        for i in values.indices { values[i] = [value, 0, 1, -1, 0.5].randomElement(using: &random) ?? 0 }
      }
      for face in try Self.decode(decoder, mixed, 0.1) where face.isSane {
        #expect(face.score.isFinite && face.box.width > 0 && face.points.allSatisfy(\.isFinite))
      }
    }
  }
}
