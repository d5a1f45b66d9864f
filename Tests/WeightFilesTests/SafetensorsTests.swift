import Foundation
import Testing
import WeightFiles

@Suite("Safetensors")
struct SafetensorsTests {
  private func file(_ header: String, data: Int = 0) -> [UInt8] {
    let header = Array(header.utf8)
    return Pickle.little(UInt64(header.count), 8) + header + [UInt8](repeating: 0, count: data)
  }

  @Test func everyElementTypeIsRead() throws {
    let tensors = try Safetensors.read(Fixtures.bytes("views.safetensors"))
    try Fixtures.check(tensors, Fixtures.expected().safetensors)
    #expect(tensors.names.first == "base")
  }

  @Test func emptyFileWithMetadataIsRead() throws {
    #expect(try Safetensors.read(file(#"{"__metadata__":{"format":"pt"}}"#)).names.isEmpty)
  }

  @Test(
    "Wrong headers are refused",
    arguments: [
      (#"{"#, 0, WeightFileError.Code.badStructure),
      (#"[]"#, 0, .badMagic),
      (#"{"a":1}"#, 0, .badStructure),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, .badStructure),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 4, .badStructure),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]}}"#, 4, .badStructure),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, .truncated),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, .badStructure),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}"#, 5, .badStructure),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, .badStructure),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4, .badStructure),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, .badStructure),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, .tooLarge),
      (#"{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,4]}}"#, 4, .tooLarge),
      (#"{"a":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,0]}}"#, 0, .tooLarge),
      (#"{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}"#, 4, .unsupported),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        4,
        .badStructure
      ),
      (#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, 4, .tooLarge),
    ])
  func wrongHeaders(header: String, data: Int, expected: WeightFileError.Code) {
    #expect(code { _ = try Safetensors.read(file(header, data: data)) } == expected)
  }

  @Test func headerLengthIsBounded() {
    #expect(code { _ = try Safetensors.read([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) } == .tooLarge)
    #expect(code { _ = try Safetensors.read(Pickle.little(UInt64(Int.max), 8) + [0x7b]) } == .tooLarge)
    #expect(code { _ = try Safetensors.read([9, 0, 0, 0, 0, 0, 0, 0, 0x7b]) } == .truncated)
    #expect(code { _ = try Safetensors.read([1, 2, 3]) } == .truncated)
  }

  @Test func deepHeaderIsRefusedWithoutCrash() {
    let deep = #"{"a":"# + String(repeating: "[", count: 1_000_000)
    #expect(code { _ = try Safetensors.read(file(deep)) } == .badStructure)
    let nested = String(repeating: #"{"a":"#, count: 300_000)
    #expect(code { _ = try Safetensors.read(file(nested)) } == .badStructure)
  }
}
