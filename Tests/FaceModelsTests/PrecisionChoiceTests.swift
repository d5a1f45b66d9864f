import Foundation
import Networks
import Testing

@testable import FaceModels

/// Which precision a model is run in.
@Suite struct PrecisionChoiceTests {
  struct Case: Sendable {
    var measured: Double?
    var own: Precision?
    var wanted: Precision?
    var isForced = false
    var supported: [Precision] = [.float32, .bfloat16]
    var expected: Precision
  }

  static let cases: [Case] = [
    Case(expected: .float32),
    Case(measured: 0, expected: .float32),
    Case(measured: 0, wanted: .bfloat16, expected: .bfloat16),
    Case(measured: -0.1, wanted: .bfloat16, expected: .bfloat16),
    Case(measured: -0.11, wanted: .bfloat16, expected: .float32),
    Case(measured: -0.11, wanted: .bfloat16, isForced: true, expected: .bfloat16),
    Case(wanted: .bfloat16, expected: .float32),
    Case(wanted: .bfloat16, isForced: true, expected: .bfloat16),
    Case(wanted: .bfloat16, isForced: true, supported: [.float32], expected: .float32),
    Case(measured: 0.2, own: .bfloat16, expected: .bfloat16),
    Case(measured: 0.2, own: .bfloat16, wanted: .float32, expected: .float32),
    Case(measured: 0.2, own: .bfloat16, supported: [.float32], expected: .float32),
    Case(own: .bfloat16, expected: .float32),
  ]

  private static func manifest(_ name: String) throws -> ModelManifest {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Models/\(name).json")
    return try ModelManifest.read(Data(contentsOf: file), place: name)
  }

  @Test(arguments: cases) func aPrecisionNeedsAMeasurementOrForce(_ test: Case) throws {
    var manifest = try Self.manifest("dlib-resnet-v1")
    manifest.precisions = test.measured.map {
      [ModelManifest.MeasuredPrecision(name: "bf16", change: $0, data: "a test")]
    }
    manifest.precision = test.own
    #expect(
      manifest.precision(wanted: test.wanted, isForced: test.isForced, supported: test.supported).precision
        == test.expected)
  }

  @Test func detectorsMayLoseMore() throws {
    var manifest = try Self.manifest("scrfd-500m")
    for (change, isAdmitted) in [(-0.2, true), (-0.21, false)] {
      manifest.precisions = [ModelManifest.MeasuredPrecision(name: "bf16", change: change, data: "a test")]
      #expect(manifest.admits(.bfloat16) == isAdmitted)
    }
  }

  @Test func bytesNeedRangesEvenWhenForced() throws {
    var manifest = try Self.manifest("dlib-resnet-v1")
    manifest.precisions = [ModelManifest.MeasuredPrecision(name: "int8", change: 0, data: "a test")]
    manifest.ranges = nil
    let supported: [Precision] = [.float32, .bfloat16, .int8]
    for isForced in [false, true] {
      let choice = manifest.precision(wanted: .int8, isForced: isForced, supported: supported)
      #expect(choice.precision == .float32 && choice.reason?.contains("--calibrate") == true)
    }
    #expect(throws: ModelError.self) { try manifest.activationRanges(for: .int8) }
    #expect(try manifest.activationRanges(for: .bfloat16) == nil)
    manifest.ranges = ModelManifest.MeasuredRanges(
      weights: String(repeating: "0", count: 64), data: "a test", values: ["a": [-1, 2]], kept: ["b"])
    let choice = manifest.precision(wanted: .int8, isForced: false, supported: supported)
    #expect(choice == ModelManifest.PrecisionChoice(precision: .int8, reason: nil))
    let ranges = try #require(try manifest.activationRanges(for: .int8))
    #expect(ranges.kept == ["b"] && ranges.bounds["a"]?.high == 2)
    // Measured to cost too much, or only the other precision measured.
    for name in ["int8", "bf16"] {
      manifest.precisions = [ModelManifest.MeasuredPrecision(name: name, change: -0.3, data: "a test")]
      let refused = manifest.precision(wanted: .int8, isForced: false, supported: supported)
      #expect(refused.precision == .float32)
      #expect(refused.reason?.contains(name == "int8" ? "-0.3" : "not measured") == true)
      #expect(manifest.precision(wanted: .int8, isForced: true, supported: supported).precision == .int8)
    }
    #expect(
      manifest.precision(wanted: .int8, isForced: true, supported: [.float32]).reason?.contains("VNNI") == true)
  }

  @Test func aCascadeIsAlwaysFloat32() throws {
    var manifest = try Self.manifest("mtcnn")
    manifest.precisions = [ModelManifest.MeasuredPrecision(name: "bf16", change: 1, data: "a test")]
    #expect(
      manifest.precision(wanted: .bfloat16, isForced: true, supported: [.float32, .bfloat16]).precision == .float32)
  }
}
