import Foundation
import Images
import Networks
import Tensors
import Testing
import WeightFiles

@testable import FaceModels

/// Weight files that are damaged, hold another network, or hold numbers that make no sense.
@Suite struct DamagedWeightsTests {
  static let proposal = shapes([
    "conv1": [10, 3, 3, 3], "conv2": [16, 10, 3, 3], "conv3": [32, 16, 3, 3], "conv4_1": [2, 32, 1, 1],
    "conv4_2": [4, 32, 1, 1],
  ])
  static let refinement = shapes([
    "conv1": [28, 3, 3, 3], "conv2": [48, 28, 3, 3], "conv3": [64, 48, 2, 2], "dense4": [128, 576],
    "dense5_1": [2, 128], "dense5_2": [4, 128],
  ])
  static let output = shapes([
    "conv1": [32, 3, 3, 3], "conv2": [64, 32, 3, 3], "conv3": [64, 64, 3, 3], "conv4": [128, 64, 2, 2],
    "dense5": [256, 1152], "dense6_1": [2, 256], "dense6_2": [4, 256], "dense6_3": [10, 256],
  ])

  /// Weights with their biases, and slopes for every layer but the heads.
  private static func shapes(_ weights: [String: [Int]]) -> [String: [Int]] {
    var all: [String: [Int]] = [:]
    for (name, shape) in weights {
      all["\(name).weight"] = shape
      all["\(name).bias"] = [shape[0]]
      if !name.contains("_"), let number = name.last { all["prelu\(number).weight"] = [shape[0]] }
    }
    return all
  }

  /// Seeded weights of the three networks.
  static let sound = [proposal, refinement, output].map(SeededWeights.stateDict)

  /// A network's weights with one tensor replaced, or left out.
  private static func sound(_ stage: Int, _ name: String, _ replacement: Tensor?) -> NamedTensors {
    var result = NamedTensors()
    for key in sound[stage].names {
      let tensor = key == name ? replacement : sound[stage][key]
      if let tensor { _ = result.insert(tensor, as: key) }
    }
    return result
  }

  @Test func soundWeightsOfTheRightShapesBuild() throws {
    _ = try MTCNN(proposal: Self.sound[0], refinement: Self.sound[1], output: Self.sound[2])
  }

  @Test func everyMissingOrMisshapenTensorOfTheCascadeIsNamed() {
    let networks = [CascadeNetworks.proposal, CascadeNetworks.refinement, CascadeNetworks.output]
    for (stage, shapes) in [Self.proposal, Self.refinement, Self.output].enumerated() {
      for (name, shape) in shapes {
        let other = shape.reversed() == shape ? [shape[0] + 1] : Array(shape.reversed())
        let wrong = [shape + [1], other, []].map { Tensor(shape: Shape($0), repeating: 0.5) }
        for tensor in [nil] + wrong {
          let weights = Self.sound(stage, name, tensor)
          let error = #expect(throws: ModelError.self) { try networks[stage](weights) }
          #expect(error?.code == .invalid)
          #expect(error?.message.contains("\"\(name)\"") == true, "\(error?.message ?? "")")
        }
      }
    }
  }

  /// Class outputs that call everything a face, and edge offsets beyond all measure.
  @Test(
    "Offsets that make no sense give no faces that make no sense",
    arguments: [Float.nan, .infinity, -.infinity, 3e38, -3e38, 1e12])
  func senselessOffsets(value: Float) throws {
    let image = Image(width: 60, height: 50, pixels: (0..<9000).map { UInt8($0 * 37 % 251) })
    // The second class output is the face's: with these biases everything passes, so that the offsets come to bear.
    let classes = ["conv4_1.bias", "dense5_1.bias", "dense6_1.bias"]
    let offsets = ["conv4_2.bias", "dense5_2.bias", "dense6_2.bias"]
    for damaged in 0..<3 {
      let nets = (0..<3).map { stage in
        var weights = NamedTensors()
        for key in Self.sound[stage].names {
          let tensor =
            switch key {
            case classes[stage]: Tensor(shape: [2], values: [-50, 50])
            case offsets[stage]: Tensor(shape: [4], repeating: stage == damaged ? value : 0)
            default: Self.sound[stage][key]
            }
          if let tensor { _ = weights.insert(tensor, as: key) }
        }
        return weights
      }
      let detector = try MTCNN(proposal: nets[0], refinement: nets[1], output: nets[2])
      let faces = try detector.detect(image, minFaceSize: 20, context: RunContext(pool: .serial))
      // Only boxes that were moved somewhere sensible remain.
      for face in faces {
        let numbers = [face.x, face.y, face.width, face.height] + face.landmarks.flatMap { [$0.x, $0.y] }
        #expect(numbers.allSatisfy { abs($0) < 1e6 }, "\(face)")
        _ = Alignment(kind: .box(margin: 10), width: 32, height: 32).crop(face, from: image)
      }
    }
  }

  // MARK: dlib

  /// The installed dlib network, `nil` when there is none.
  private static func dlib() throws -> (ModelManifest, [UInt8])? {
    try TestFolders.installed("dlib-resnet-v1", .recognizer).flatMap { found in found.1.first.map { (found.0, $0) } }
  }

  @Test func aCutOrForeignDlibFileIsRefused() throws {
    guard let (manifest, bytes) = try Self.dlib() else { return }
    for length in [0, 1, 20, 1000, bytes.count / 2, bytes.count - 1] {
      #expect(throws: ModelError.self) {
        try Architectures.embedder(manifest, weights: [Array(bytes.prefix(length))])
      }
    }
    #expect(throws: ModelError.self) { try Architectures.embedder(manifest, weights: [bytes + [0]]) }
    #expect(throws: ModelError.self) { try Architectures.embedder(manifest, weights: []) }
    #expect(throws: ModelError.self) {
      try Architectures.embedder(manifest, weights: [Array("{\"not\": \"weights\"}".utf8)])
    }
  }

  @Test func aManifestThatDoesNotFitTheNetworkIsRefused() throws {
    guard let (manifest, bytes) = try Self.dlib() else { return }
    var other = manifest
    other.embeddingLength = 127
    #expect(throws: ModelError.self) { try Architectures.embedder(other, weights: [bytes]) }
    other = manifest
    other.alignment?.size = 16
    #expect(throws: ModelError.self) { try Architectures.embedder(other, weights: [bytes]) }
    other = manifest
    other.architecture = "inception-resnet-v1"
    #expect(throws: ModelError.self) { try Architectures.embedder(other, weights: [bytes]) }
    other.architecture = "resnet-9000"
    let error = #expect(throws: ModelError.self) { try Architectures.embedder(other, weights: [bytes]) }
    #expect(error?.message.contains("resnet-9000") == true && error?.message.contains("dlib-resnet-29") == true)
    other = manifest
    other.alignment?.points?.removeLast()
    #expect(throws: ModelError.self) { try Architectures.embedder(other, weights: [bytes]) }
  }

  @Test func theCascadeNeedsItsThreeFiles() throws {
    guard let (manifest, weights) = try TestFolders.installed("mtcnn", .detector) else { return }
    #expect(throws: ModelError.self) { try Architectures.detector(manifest, weights: [weights[0], weights[1]]) }
    let swapped = #expect(throws: ModelError.self) {
      try Architectures.detector(manifest, weights: [weights[1], weights[0], weights[2]])
    }
    #expect(swapped?.code == .invalid)
    #expect(throws: ModelError.self) {
      try Architectures.detector(manifest, weights: [weights[0], weights[1], Array(weights[2].dropLast(100))])
    }
  }
}
