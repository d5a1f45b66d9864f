import Foundation
import Networks
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// Models in bytes: calibrated by the program, admitted or refused, and refused with ranges that are not theirs.
  @Suite(
    .enabled(if: Installation.hasShared, Installation.noShared),
    .enabled(if: Precision.int8.isSupported, "needs AVX512_VNNI and AVX512_BF16"), .timeLimit(.minutes(4)))
  struct ByteModelTests {
    /// A folder of models whose recognizer may be written to.
    private static func models() throws -> ModelFolder {
      let models = try ModelFolder()
      let place = models.path + "/dlib-resnet-v1"
      let original = URL(fileURLWithPath: place).resolvingSymlinksInPath()
      try FileManager.default.removeItem(atPath: place)
      try FileManager.default.copyItem(at: original, to: URL(fileURLWithPath: place))
      return models
    }

    private static func manifest(_ models: ModelFolder) throws -> [String: JSONValue] {
      try WireJSON.decode(
        [String: JSONValue].self, from: Photos.bytes(models.path + "/dlib-resnet-v1/manifest.json")[...])
    }

    private static func write(_ members: [String: JSONValue], _ models: ModelFolder) throws {
      try Data(WireJSON.encode(JSONValue.object(members)))
        .write(to: URL(fileURLWithPath: models.path + "/dlib-resnet-v1/manifest.json"))
    }

    private static func run(_ arguments: [String]) throws -> (output: String, log: String, end: WorkerProcess.End) {
      let worker = try WorkerProcess(only: arguments)
      worker.host.closeInput()
      let output = String(decoding: TextRun.output(of: worker), as: UTF8.self)
      return (output, worker.log, try worker.wait(withinMs: 120_000))
    }

    private static func calibrate(_ models: ModelFolder) throws {
      let photos = Installation.shared + "/data/lfw-people/Colin_Powell"
      let (output, log, end) = try run(
        ["--calibrate", "dlib-resnet-v1", "--photos", photos, "--models", models.path, "--data", ":memory:"])
      #expect(end == .exit(0), "\(log)")
      #expect(output.contains("aligned faces") && output.contains("in bytes"), "\(output)")
    }

    private static func recognizer(_ worker: WorkerProcess) throws -> ModelInfo {
      try #require(try worker.ready().models.first { $0.role == "recognizer" })
    }

    private static func embedding(_ options: [String], _ models: ModelFolder) throws -> (ModelInfo, [Float]) {
      let worker = try WorkerProcess(options, models: models.path)
      let info = try recognizer(worker)
      try worker.host.send(1, Embed.self, images: [Photos.small("obama.jpg")])
      let embedding = try #require(try worker.host.faces(1, Embed.self).faces.first?.embedding)
      #expect(try worker.finish() == .exit(0))
      return (info, embedding)
    }

    @Test func calibrateAdmitRefuse() throws {
      let models = try Self.models()
      let (plain, exact) = try Self.embedding(["--precision", "float32"], models)
      #expect(plain.precision == "float32" && plain.precisionReason == nil)
      // Nothing is measured yet; nor can it be forced.
      var members = try Self.manifest(models)
      members["ranges"] = nil
      members["precisions"] = nil
      try Self.write(members, models)
      for options in [[], ["--force-precision"]] {
        let (info, same) = try Self.embedding(["--precision", "int8"] + options, models)
        #expect(info.precision == "float32" && info.precisionReason?.contains("--calibrate") == true)
        #expect(same == exact)
      }
      try Self.calibrate(models)
      members = try Self.manifest(models)
      guard case .object(let ranges)? = members["ranges"], case .object(let values)? = ranges["values"] else {
        Issue.record("no ranges")
        return
      }
      #expect(values.count > 20)
      // Ranges without a measurement of what they cost: refused, unless it is forced.
      let (refused, _) = try Self.embedding(["--precision", "int8"], models)
      #expect(refused.precision == "float32" && refused.precisionReason?.contains("not measured") == true)
      let (forced, bytes) = try Self.embedding(["--precision", "int8", "--force-precision"], models)
      #expect(forced.precision == "int8" && forced.precisionReason == nil)
      let cosine = zip(exact, bytes).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(cosine > 0.995 && bytes != exact, "\(cosine)")
      // Measured to be harmless, measured to harm.
      members["precisions"] = [["name": "int8", "change": -0.05, "data": "a test"]]
      try Self.write(members, models)
      #expect(try Self.embedding(["--precision", "int8"], models).0.precision == "int8")
      members["precisions"] = [["name": "int8", "change": -0.4, "data": "a test"]]
      try Self.write(members, models)
      let (harmed, _) = try Self.embedding(["--precision", "int8"], models)
      #expect(harmed.precision == "float32" && harmed.precisionReason?.contains("-0.4") == true)
      // By its manifest alone.
      members["precisions"] = [["name": "int8", "change": 0, "data": "a test"]]
      members["precision"] = "int8"
      try Self.write(members, models)
      #expect(try Self.embedding([], models).0.precision == "int8")
      // A set without the instructions computes the same model in float32 and says why.
      let (narrow, _) = try Self.embedding(["--instruction-set", "avx2"], models)
      #expect(narrow.precision == "float32" && narrow.precisionReason?.contains("AVX512_VNNI") == true)
    }

    @Test func rangesOfOtherWeightsAreStale() throws {
      let models = try Self.models()
      var members = try Self.manifest(models)
      members["ranges"] = [
        "weights": .string(String(repeating: "0", count: 64)), "data": "a test", "values": ["x": [0, 1]],
      ]
      members["precisions"] = [["name": "int8", "change": 0, "data": "a test"]]
      try Self.write(members, models)
      let worker = try WorkerProcess(["--precision", "int8"], models: models.path)
      #expect(try worker.wait() == .exit(69))
      #expect(worker.log.contains("modelInvalid") && worker.log.contains("--calibrate dlib-resnet-v1"), "\(worker.log)")
      // Another precision does not need them.
      #expect(try Self.embedding([], models).0.precision == "float32")
    }

    @Test(arguments: [
      (["--calibrate", "mtcnn", "--photos", "/tmp"], Int32(69), "always float32"),
      (["--calibrate", "no-such-model", "--photos", "/tmp"], 69, "no-such-model"),
      (["--calibrate", "dlib-resnet-v1", "--photos", "/nonexistent"], 69, "8 images"),
      (["--calibrate", "dlib-resnet-v1"], 64, "--photos"),
    ])
    func whatCannotBeCalibrated(_ arguments: [String], _ status: Int32, _ message: String) throws {
      let (output, log, end) = try Self.run(arguments + ["--models", Installation.models, "--data", ":memory:"])
      #expect(end == .exit(status) && output.isEmpty)
      #expect(log.contains(message), "\(log)")
    }
  }
}
