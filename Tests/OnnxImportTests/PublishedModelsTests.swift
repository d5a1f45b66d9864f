import Foundation
import Images
import Networks
import Tensors
import Testing

@testable import OnnxImport

/// Whole published networks on real faces against what onnxruntime answers: `tools/make_onnx_references.py` keeps that.
@Suite(.enabled(if: PublishedModels.isPresent, "needs ../shared/models and ../shared/reference, which are not here"))
struct PublishedModelsTests {
  @Test(arguments: PublishedModels.record.networks) func answersAsTheReference(_ reference: PublishedModels.Reference)
    throws
  {
    let path = PublishedModels.shared + "/models/" + reference.file
    let network = try OnnxNetwork(OnnxBytes(mapping: path))
    let shape: Shape = [1, 3, reference.height, reference.width]
    let plan = try InferencePlan(network.graph(inputShapes: [shape]), example: [shape])
    #expect(reference.answers.count == 20)
    var worst = 0.0
    for (chip, wanted) in zip(PublishedModels.record.chips, reference.answers) {
      let answers = try plan.run(try reference.input(PublishedModels.shared + "/reference/dlib_chips/" + chip))
      #expect(answers.count == wanted.count)
      for (answer, summary) in zip(answers, wanted) {
        #expect(answer.shape.dimensions == summary.shape)
        let values = answer.values.map(Double.init)
        let range = max(summary.high - summary.low, 1e-6)
        let places = summary.values.indices.map { index in
          summary.values.count == 1 ? 0 : index * (values.count - 1) / (summary.values.count - 1)
        }
        let differences =
          zip(places, summary.values).map { abs(values[$0] - $1) }
          + [abs((values.min() ?? 0) - summary.low), abs((values.max() ?? 0) - summary.high)]
        worst = max(worst, (differences.max() ?? 0) / range)
      }
    }
    print("\(reference.file) \(reference.height)x\(reference.width): largest difference \(worst) of the output's range")
    #expect(worst <= 1e-4)
  }

  /// A file cut at every hundredth is refused or, where only metadata is gone, still reads as the same network.
  @Test(arguments: Set(PublishedModels.record.networks.map(\.file)).sorted()) func survivesTruncation(_ file: String)
    throws
  {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: PublishedModels.shared + "/models/" + file)))
    for percent in 0..<100 {
      #expect(throws: OnnxError.self, "\(percent) % of \(file)") {
        _ = try OnnxNetwork(OnnxBytes(Array(bytes.prefix(bytes.count * percent / 100))))
      }
    }
  }
}

/// The reference answers, and where the files are.
enum PublishedModels {
  static let shared: String = {
    let given = ProcessInfo.processInfo.environment["FACE_WORKER_SHARED"] ?? ""
    if !given.isEmpty { return given }
    return URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../shared").standardized.path
  }()

  static let isPresent =
    FileManager.default.fileExists(atPath: shared + "/models/scrfd_500m.onnx")
    && FileManager.default.fileExists(atPath: shared + "/reference/dlib_chips")

  struct Record: Decodable, Sendable {
    var chips: [String]
    var networks: [Reference]
  }

  struct Reference: Decodable, Sendable, CustomTestStringConvertible {
    var file: String
    var height: Int
    var width: Int
    var mean: Float
    var scale: Float
    /// Whether the chip is laid out like tiles in four sizes instead of stretched.
    var tiled: Bool
    /// By chip, then by output.
    var answers: [[Summary]]

    var testDescription: String { "\(file) \(height)x\(width)" }

    /// The chip as a 1 x 3 x H x W tensor.
    func input(_ path: String) throws -> Tensor {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      let chip = try bytes.withUnsafeBytes { try ImageDecoder.decode($0, limits: DecodeLimits()).image }
      return Tensor(shape: [1, 3, height, width]) { values in
        var at = 0
        for channel in 0..<3 {
          for row in 0..<height {
            for column in 0..<width {
              let step = 1 + column * 4 / width
              let y = tiled ? row * step % chip.height : row * chip.height / height
              let x = tiled ? column * step % chip.width : column * chip.width / width
              let pixel = (y * chip.width + x) * 3 + channel
              values.initializeElement(at: at, to: (Float(chip.pixels[pixel]) - mean) * scale)
              at += 1
            }
          }
        }
      }
    }
  }

  struct Summary: Decodable, Sendable {
    var shape: [Int]
    var low: Double
    var high: Double
    var values: [Double]
  }

  static let record: Record = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/published-models.json")
    let data = (try? Data(contentsOf: file)) ?? Data()
    return (try? JSONDecoder().decode(Record.self, from: data)) ?? Record(chips: [], networks: [])
  }()
}
