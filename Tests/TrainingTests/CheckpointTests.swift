import Foundation
import Tensors
import Testing
import WeightFiles

@testable import Training

@Suite struct CheckpointTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "training-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func checkpoint(_ epochs: Int) -> Checkpoint {
    var tensors = NamedTensors()
    _ = tensors.insert(Tensor(shape: [2, 3], values: [1, .pi, -0.1, 4, 5, Float(epochs)]), as: "weights")
    let record = EpochRecord(phase: .clean, epoch: epochs, loss: 0.1 + 0.2, accuracy: 1 / 3, learningRate: 1e-3)
    return Checkpoint(
      state: Checkpoint.State(
        fingerprint: "f", cleanEpochs: epochs, curve: [record], counters: ["step": 7]), tensors: tensors)
  }

  @Test func whatWasSavedComesBackToTheBit() throws {
    try withFolder { path in
      let folder = CheckpointFolder(path)
      #expect(folder.load(fingerprint: "f") == nil)
      for epochs in 1...3 {
        try folder.save(checkpoint(epochs))
        let back = try #require(folder.load(fingerprint: "f"))
        #expect(back.state == checkpoint(epochs).state)
        #expect(back.tensors["weights"]?.values == checkpoint(epochs).tensors["weights"]?.values)
      }
      #expect(folder.load(fingerprint: "other") == nil)
      for name in try FileManager.default.contentsOfDirectory(atPath: path) {
        let mode = try FileManager.default.attributesOfItem(atPath: path + "/" + name)[.posixPermissions] as? Int
        #expect(mode == 0o600)
      }
      folder.clear()
      #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
    }
  }

  @Test func damageOfAnyByteMakesItNone() throws {
    try withFolder { path in
      let folder = CheckpointFolder(path)
      try folder.save(checkpoint(1))
      for name in try FileManager.default.contentsOfDirectory(atPath: path) {
        let whole = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
        for place in stride(from: 0, to: whole.count, by: 7) {
          var damaged = whole
          damaged[place] ^= 0x15
          try damaged.write(to: URL(fileURLWithPath: path + "/" + name))
          let back = folder.load(fingerprint: "f")
          // A changed byte of the index may leave its meaning as it was, never the numbers.
          #expect(back == nil || back?.tensors["weights"]?.values == checkpoint(1).tensors["weights"]?.values)
          if name.hasSuffix("safetensors") { #expect(back == nil) }
        }
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path + "/" + name))
        #expect(folder.load(fingerprint: "f") == nil)
        try whole.write(to: URL(fileURLWithPath: path + "/" + name))
      }
      #expect(folder.load(fingerprint: "f") != nil)
    }
  }

  @Test func theOneInForceIsNotWrittenTo() throws {
    try withFolder { path in
      let folder = CheckpointFolder(path)
      try folder.save(checkpoint(1))
      let first = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix("safetensors") }
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/" + first[0]))
      try folder.save(checkpoint(2))
      #expect(try Data(contentsOf: URL(fileURLWithPath: path + "/" + first[0])) == bytes)
    }
  }
}
