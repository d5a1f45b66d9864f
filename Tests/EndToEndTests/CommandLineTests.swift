import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// The options of the program.
  @Suite struct CommandLineTests {
    private static func run(_ arguments: [String]) throws -> (output: String, log: String, end: WorkerProcess.End) {
      let worker = try WorkerProcess(only: arguments)
      worker.host.closeInput()
      let output = TextRun.output(of: worker)
      let end = try worker.wait()
      return (String(decoding: output, as: UTF8.self), worker.log, end)
    }

    @Test(arguments: ["--help", "-h"])
    func help(option: String) throws {
      let (output, _, end) = try Self.run([option])
      #expect(end == .exit(0))
      let options = [
        "--models", "--data", "--media", "--media-url", "--detector", "--recognizer", "--threads", "--allow-path",
        "--json-lines", "--log-level", "--check", "--profile", "--instruction-set", "--version", "--help",
      ]
      for option in options { #expect(output.contains(option), "\(option)") }
    }

    @Test func version() throws {
      let (output, _, end) = try Self.run(["--version"])
      #expect(end == .exit(0))
      #expect(output.contains(/face-worker \d+\.\d+\.\d+ \(FWP\/1\)/))
    }

    @Test func check() throws {
      let (output, _, end) = try Self.run(["--check", "--models", Installation.models, "--data", ":memory:"])
      #expect(end == .exit(0))
      #expect(output.contains("self-test passed"))
      #expect(output.contains("mtcnn") && output.contains("dlib-resnet-v1"))
    }

    @Test(arguments: ["mtcnn:96x128", "dlib-resnet-v1"])
    func profile(model: String) throws {
      let (output, _, end) = try Self.run(["--profile", model, "--models", Installation.models, "--threads", "1"])
      #expect(end == .exit(0))
      let lines = output.split(separator: "\n")
      #expect(output.hasPrefix(model.prefix { $0 != ":" }), "\(output)")
      #expect(output.contains("1 thread") && output.contains("GFLOP/s"))
      if model.hasPrefix("mtcnn") {
        #expect(output.contains("P-Net: input 1x3x96x128") && output.contains("O-Net: input 8x3x48x48"))
        // conv1 of the last network: 3 to 32 channels, 3 x 3, without a border.
        #expect(lines.contains { $0.contains("8x32x46x46") && $0.hasSuffix("conv1") })
      }
      // The shares of the layers, down to the sums, are a whole.
      let layers = output.split(separator: "\n\n")[0].split(separator: "\n").dropFirst(2)
      let shares = layers.compactMap { line in
        line.split(separator: " ").first { $0.hasSuffix("%") }.flatMap { Double($0.dropLast()) }
      }
      #expect(abs(shares.reduce(0, +) - 100) < 3, "\(shares)")
    }

    @Test func profileOfWhatIsNotThere() throws {
      for (model, message) in [("no-such-model", "no-such-model"), ("dlib-resnet-v1:151x151", "150x150")] {
        let (output, log, end) = try Self.run(["--profile", model, "--models", Installation.models])
        #expect(end == .exit(69))
        #expect(output.isEmpty)
        #expect(log.contains(message), "\(log)")
      }
    }

    @Test(arguments: [
      (["--profile", "mtcnn:0x9"], "--profile"), (["--profile", ":8x8"], "--profile"),
      (["--profile", "mtcnn:9x9x9"], "--profile"), (["--frobnicate"], "--frobnicate"),
      (["extra"], "extra"), (["--threads"], "--threads"),
      (["--threads", "0"], "--threads"), (["--threads", "many"], "many"), (["--threads=257"], "257"),
      (["--log-level", "loud"], "loud"), (["--models", ""], "--models"), (["--max-pixels", "-1"], "--max-pixels"),
      (["--data"], "--data"), (["--instruction-set", "neon"], "avx512"),
    ])
    func badOptions(arguments: [String], message: String) throws {
      let (output, log, end) = try Self.run(arguments)
      #expect(end == .exit(64))
      #expect(output.isEmpty)
      #expect(log.contains(message), "\(log)")
    }

    @Test func optionsThatCannotBeUsed() throws {
      let common = ["--models", Installation.models]
      let folder = try Folder()
      let file = try folder.write([1], "file")
      let cases = [
        common + ["--data", ":memory:", "--allow-path", "/no/such/folder"], common + ["--data", "/proc/nothing"],
        common + ["--data", ":memory:", "--media", "/proc/nothing"],
        common + ["--data", ":memory:", "--recognizer", "none"],
        common + ["--data", ":memory:", "--detector", "dlib-resnet-v1"], common + ["--data", file + "/below"],
        ["--models", "/no/such/folder", "--data", ":memory:"],
      ]
      for arguments in cases {
        let (output, log, end) = try Self.run(arguments)
        #expect(end == .exit(69), "\(arguments)")
        #expect(output.isEmpty, "no frame before it can serve: \(arguments)")
        let last = try #require(log.split(separator: "\n").last)
        let line = try WireJSON.object(ArraySlice(last.utf8))
        #expect(line["level"] == "error")
        #expect(line["message"] != nil, "\(log)")
      }
    }

    /// Models are found without an option as well; the data folder is private.
    @Test func environmentAndData() throws {
      let data = try Folder()
      let worker = try WorkerProcess(
        data: data.path + "/deep/er", models: nil,
        wrapper: ["/usr/bin/env", "FACE_WORKER_MODELS=" + Installation.models])
      let ready = try worker.ready()
      #expect(ready.models.map(\.role).sorted() == ["detector", "recognizer"])
      #expect(ready.pid == Int(worker.pid))
      #expect(ready.protocol == 1)
      #expect(try worker.finish() == .exit(0))
      func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return attributes[.posixPermissions] as? Int ?? 0
      }
      #expect(try mode(data.path + "/deep/er/gallery.sqlite") == 0o600)
      #expect(try mode(data.path + "/deep/er/media") == 0o700)
    }

    /// `ready` comes within a second of the start (measured as the best of three, as machines have other things to do).
    @Test func startsWithinASecond() throws {
      let times = try (0..<3).map { _ in
        let start = ContinuousClock.now
        let worker = try WorkerProcess()
        try worker.ready()
        return (ContinuousClock.now - start) / .milliseconds(1)
      }
      #expect(times.reduce(.infinity, min) < 1_000)
      print("ready after \(times.map { Int($0) }) ms")
    }
  }
}
