/// One way for bytes from outside to reach the program, with what must hold for all of them.
///
/// The same targets are driven by libFuzzer (`make fuzz`) and, over the committed corpus and seeded mutations of it, by
/// the tests.
package struct FuzzTarget: Sendable {
  /// Also the name of its folder in `Fuzzing/Corpus` and of its dictionary.
  package let name: String
  /// Longer inputs are not tried, in bytes.
  package let maxBytes: Int
  /// No input may make the program ask for more memory at once, in MiB: from the limits that the code states.
  package let largestAllocation: Int
  /// Fixtures of the tests that are seeds too.
  package let fixtures: [Fixtures]
  private let body: @Sendable ([UInt8]) throws -> Void

  /// Files of a folder below the repository's root.
  package struct Fixtures: Sendable {
    package let folder: String
    /// How the names end.
    package let suffixes: [String]
  }

  /// - Parameter body: handles one input; throws ``FuzzFinding`` when something that must hold does not, and must catch
  ///   what the code under test throws for bad bytes.
  init(
    _ name: String, maxBytes: Int, largestAllocation: Int = 64, fixtures: [Fixtures] = [],
    body: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.name = name
    self.maxBytes = maxBytes
    self.largestAllocation = largestAllocation
    self.fixtures = fixtures
    self.body = body
  }

  /// Handles one input.
  ///
  /// - Throws: ``FuzzFinding``, or whatever else came out that should not have.
  package func run(_ bytes: [UInt8]) throws {
    try body(bytes)
  }

  /// Every target.
  package static let all: [FuzzTarget] = [
    frames, lines, requests, jpeg, png, torch, pickle, safetensors, dlib, onnx, manifest, head, vectors, state,
  ]
}

/// Something that must hold for all inputs, and did not for this one.
package struct FuzzFinding: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }

  /// - Throws: the finding unless `condition` holds.
  static func unless(_ condition: Bool, _ description: @autoclosure () -> String) throws(FuzzFinding) {
    guard condition else { throw FuzzFinding(description()) }
  }
}
