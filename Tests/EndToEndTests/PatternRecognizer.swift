import Foundation

/// A recognizer of another kind than the default one, made on the spot: 63 slow cosine waves over a 112 x 112 crop on
/// ArcFace's template, as an ONNX file with a manifest. It tells photos apart, if not people, and it notices a crop that
/// is turned, shifted or scaled.
enum PatternRecognizer {
  static let id = "pattern"
  private static let side = 112
  private static let waves = 8

  /// Writes the model into a folder and returns the options that make a worker see it beside the usual ones.
  static func install(in folder: Folder, use: Bool) throws -> [String] {
    let file = model()
    try folder.write(file, "\(id)/\(id).onnx")
    let manifest = """
      {"schema": 1, "id": "\(id)", "role": "recognizer", "architecture": "onnx",
       "files": [{"name": "\(id).onnx", "bytes": \(file.count), "sha256": "\(try digest(folder.path + "/\(id)/\(id).onnx"))"}],
       "licence": {"name": "MIT", "commercialUse": "allowed"},
       "input": {"width": 112, "height": 112, "channels": "rgb", "mean": [127.5, 127.5, 127.5], "scale": 0.0078125},
       "alignment": {"kind": "similarity", "size": 112, "points": [[38.2946, 51.6963], [73.5318, 51.5014],
         [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]},
       "embeddingLength": \(waves * waves - 1)}
      """
    try folder.write(Array(manifest.utf8), "\(id)/manifest.json")
    return ["--models", Installation.models, "--models", folder.path] + (use ? ["--recognizer", id] : [])
  }

  private static func digest(_ path: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    process.arguments = [path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output.prefix(64), as: UTF8.self)
  }

  /// `y = mean over a single place of Conv(x, waves)`.
  private static func model() -> [UInt8] {
    let outputs = waves * waves - 1
    var raw: [UInt8] = []
    raw.reserveCapacity(outputs * 3 * side * side * 4)
    let wave = (0..<waves).map { u in (0..<side).map { cos(.pi * Double(u) * (Double($0) + 0.5) / Double(side)) } }
    for pattern in 1...outputs {
      let (u, v) = (pattern % waves, pattern / waves)
      for _ in 0..<3 {
        for y in 0..<side {
          for x in 0..<side {
            withUnsafeBytes(of: Float(wave[u][x] * wave[v][y] / 1000).bitPattern.littleEndian) { raw += $0 }
          }
        }
      }
    }
    let weights =
      [Int(outputs), 3, side, side].flatMap { field(1, $0) } + field(2, 1) + field(8, Array("w".utf8)) + field(9, raw)
    let axes = field(1, Array("axes".utf8)) + field(8, 2) + field(8, 3) + field(20, 7)
    let keep = field(1, Array("keepdims".utf8)) + field(3, 0) + field(20, 2)
    let graph =
      field(1, node("Conv", ["x", "w"], "c"))
      + field(1, node("ReduceMean", ["c"], "y") + field(5, axes) + field(5, keep))
      + field(2, Array("graph".utf8)) + field(5, weights) + field(11, value("x", [1, 3, side, side]))
      + field(12, value("y", [1, outputs]))
    return field(1, 8) + field(7, graph) + field(8, field(1, Array("".utf8)) + field(2, 13))
  }

  private static func node(_ type: String, _ inputs: [String], _ output: String) -> [UInt8] {
    inputs.flatMap { field(1, Array($0.utf8)) } + field(2, Array(output.utf8)) + field(3, Array("n\(output)".utf8))
      + field(4, Array(type.utf8))
  }

  private static func value(_ name: String, _ dimensions: [Int]) -> [UInt8] {
    let shape = dimensions.flatMap { field(1, field(1, $0)) }
    return field(1, Array(name.utf8)) + field(2, field(1, field(1, 1) + field(2, shape)))
  }

  /// A field of the protobuf wire format with a number, or with bytes.
  private static func field(_ number: Int, _ value: Int) -> [UInt8] { varint(number << 3) + varint(value) }

  private static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(bytes.count) + bytes
  }

  private static func varint(_ value: Int) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
