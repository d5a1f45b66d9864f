import Foundation
import Tensors
import Testing
import WeightFiles

/// The files that `tools/make_weight_fixtures.py` wrote, and what it says is in them.
enum Fixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  static func expected() throws -> Expected {
    try JSONDecoder().decode(Expected.self, from: Data(contentsOf: folder.appending(path: "expected.json")))
  }

  struct Expected: Decodable {
    let network: [String: Values]
    let views: [String: Values]
    let safetensors: [String: Values]
    let dlib: Dlib
  }

  struct Values: Decodable {
    let kind: String
    let shape: [Int]
    let values: [Number]
  }

  struct Dlib: Decodable {
    let means: [Float]
    let size: [Int]
    let margin: Float
    let threshold: Float
    let layers: [Layer]
  }

  struct Layer: Decodable {
    let kind: String
    let shape: [Int]?
    let values: [Float]?
    let bias: [Float]?
    let stride: Int?
    let padding: Int?
    let window: Int?
  }

  /// A number, as text where JSON has none for it.
  struct Number: Decodable {
    let float: Float
    let integer: Int64?

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        float = Float(text) ?? .nan
        integer = Int64(text)
      } else {
        float = Float(try container.decode(Double.self))
        integer = nil
      }
    }
  }

  /// Checks names, shapes and every value.
  static func check(
    _ tensors: NamedTensors, _ expected: [String: Values], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(Set(tensors.names + tensors.integerNames) == Set(expected.keys), sourceLocation: sourceLocation)
    for (name, values) in expected {
      if values.kind == "float" {
        let tensor = try #require(tensors[name], "\(name)", sourceLocation: sourceLocation)
        #expect(tensor.shape.dimensions == values.shape, "\(name)", sourceLocation: sourceLocation)
        #expect(tensor.values == values.values.map(\.float), "\(name)", sourceLocation: sourceLocation)
      } else {
        let tensor = try #require(tensors.integers(name), "\(name)", sourceLocation: sourceLocation)
        #expect(tensor.shape.dimensions == values.shape, "\(name)", sourceLocation: sourceLocation)
        #expect(tensor.values == values.values.map(\.integer), "\(name)", sourceLocation: sourceLocation)
      }
    }
  }
}

/// The code of the error that `body` throws; records an issue when it throws none.
func code(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> WeightFileError.Code? {
  do {
    try body()
    Issue.record("no error was thrown", sourceLocation: sourceLocation)
    return nil
  } catch {
    guard let error = error as? WeightFileError else {
      Issue.record("\(error) is not a WeightFileError", sourceLocation: sourceLocation)
      return nil
    }
    #expect(error.message.hasSuffix("."), "\(error.message)", sourceLocation: sourceLocation)
    return error.code
  }
}
