import Foundation
import Tensors
import Testing
import WeightFiles

@Suite("Safetensors, written")
struct SafetensorsWritingTests {
  @Test func whatIsWrittenIsReadBack() throws {
    var tensors = NamedTensors()
    _ = tensors.insert(Tensor(shape: [2, 3], values: [1, -2.5, .pi, 1e-40, -0, .greatestFiniteMagnitude]), as: "w")
    _ = tensors.insert(Tensor(shape: [], values: [7]), as: "scalar")
    _ = tensors.insert(Tensor(shape: [0, 4], values: []), as: "empty")
    _ = tensors.insert(NamedTensors.Integers(shape: [2], values: [.min, .max]), as: "n \"quoted\" \u{e9}/")
    let bytes = try Safetensors.encode(tensors, metadata: ["format": "pt", "note": "a\n\"b\""])
    let read = try Safetensors.read(bytes)
    #expect(read["w"]?.values.map(\.bitPattern) == tensors["w"]?.values.map(\.bitPattern))
    #expect(read["w"]?.shape == [2, 3] && read["scalar"]?.shape == [] && read["empty"]?.shape == [0, 4])
    #expect(read.integers("n \"quoted\" \u{e9}/")?.values == [.min, .max])
    #expect(Safetensors.metadata(bytes) == ["format": "pt", "note": "a\n\"b\""])
    #expect(try Safetensors.encode(tensors, metadata: ["format": "pt", "note": "a\n\"b\""]) == bytes)
  }

  /// The layout, byte by byte, as the format describes it.
  @Test func theBytesAreTheFormats() throws {
    var tensors = NamedTensors()
    _ = tensors.insert(Tensor(shape: [1], values: [1]), as: "a")
    let bytes = try Safetensors.encode(tensors)
    let header = #"{"a":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    #expect(bytes == [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8) + [0, 0, 0x80, 0x3f])
    #expect(Safetensors.metadata(bytes).isEmpty)
  }

  @Test func metadataOfUnsoundBytesIsEmpty() {
    #expect(Safetensors.metadata([]).isEmpty)
    #expect(Safetensors.metadata(Array(repeating: 0xff, count: 20)).isEmpty)
    #expect(Safetensors.metadata([1, 0, 0, 0, 0, 0, 0, 0, 0x7b]).isEmpty)
  }

  @Test func theNameOfMetadataIsNoTensor() {
    var tensors = NamedTensors()
    _ = tensors.insert(Tensor(shape: [1], values: [1]), as: "__metadata__")
    #expect(throws: WeightFileError.self) { try Safetensors.encode(tensors) }
  }
}
