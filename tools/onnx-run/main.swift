// Runs an ONNX file through the engine, for comparing with other runtimes: see tools/compare_onnx.
//
//   onnx-run FILE [--threads N] [--repeat K] [--plain] [--profile] [--precision P] [--peak FILE] --input NAME=1x3x112x112:VALUES.f32 ... --output-dir DIR
//
// Files of values hold little-endian float32. Each output goes to DIR/<number>.f32; one line of JSON on stdout lists
// names, shapes and the times of the runs in milliseconds. --peak FILE writes there at the end how much memory was resident at
// most, in KiB. --profile writes the time of each step to stderr. Without --input the file is only described.

import Foundation
import Networks
import OnnxImport
import Tensors

struct Failure: Error {
  let message: String
}

struct Arguments {
  var file = ""
  var threads = 1
  var repeats = 1
  var isPlain = false
  var isProfiled = false
  var precision = Precision.float32
  var inputs: [(name: String, shape: Shape, path: String)] = []
  var outputs: String?

  init(_ list: [String]) throws {
    var rest = list[...]
    func value(_ option: String) throws -> String {
      guard let value = rest.popFirst() else { throw Failure(message: "\(option) needs a value") }
      return value
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--threads": threads = max(1, Int(try value(argument)) ?? 1)
      case "--repeat": repeats = max(1, Int(try value(argument)) ?? 1)
      case "--plain": isPlain = true
      case "--profile": isProfiled = true
      case "--precision":
        let name = try value(argument)
        guard let known = Precision(rawValue: name) else { throw Failure(message: "unknown precision \(name)") }
        precision = known
      case "--peak": PeakMemory.writeAtExit(to: try value(argument))
      case "--output-dir": outputs = try value(argument)
      case "--input":
        let text = try value(argument)
        guard let colon = text.lastIndex(of: ":"), let equals = text[..<colon].lastIndex(of: "="),
          let shape = Self.shape(text[text.index(after: equals)..<colon])
        else { throw Failure(message: "--input is NAME=1x3x112x112:FILE, found \(text)") }
        inputs.append((String(text[..<equals]), shape, String(text[text.index(after: colon)...])))
      default:
        guard file.isEmpty, !argument.hasPrefix("--") else { throw Failure(message: "unknown argument \(argument)") }
        file = argument
      }
    }
    guard !file.isEmpty else { throw Failure(message: "an ONNX file is needed") }
  }

  private static func shape(_ text: Substring) -> Shape? {
    if text.isEmpty { return [] }
    let sizes = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
    return Shape(untrusted: sizes, limit: 1 << 28)
  }
}

func floats(_ path: String, _ shape: Shape) throws -> Tensor {
  guard let data = FileManager.default.contents(atPath: path), data.count == shape.count * 4 else {
    throw Failure(message: "\(path) does not hold \(shape.count) floats")
  }
  return Tensor(shape: shape) { values in _ = data.copyBytes(to: values) }
}

func describe(_ info: OnnxValueInfo) -> [String: Any] {
  let dimensions = info.dimensions?.map { dimension -> Any in
    switch dimension {
    case .fixed(let size): size
    case .free(let name): name
    }
  }
  return ["name": info.name, "dimensions": dimensions ?? []]
}

func run(_ arguments: Arguments) throws -> [String: Any] {
  let network = try OnnxNetwork(OnnxBytes(mapping: arguments.file))
  var report: [String: Any] = [
    "inputs": network.inputs.map(describe), "outputs": network.outputs.map(describe),
  ]
  guard !arguments.inputs.isEmpty else { return report }
  let inputs = try network.inputs.map { info in
    guard let given = arguments.inputs.first(where: { $0.name == info.name }) else {
      throw Failure(message: "the input \(info.name) is not given")
    }
    return try floats(given.path, given.shape)
  }
  let graph = try network.graph(inputShapes: inputs.map(\.shape))
  var answers: [Tensor] = []
  var times: [Double] = []
  if arguments.isPlain {
    answers = try PlainExecution.run(graph, inputs: inputs)
  } else {
    var ranges: ActivationRanges?
    if arguments.precision == .int8 {
      // As if the input were all that the network will ever see.
      var measured = ActivationRanges()
      try InferencePlan(graph, example: inputs.map(\.shape)).measure(inputs, into: &measured)
      ranges = measured
    }
    let plan = try InferencePlan(
      graph, example: inputs.map(\.shape), precision: arguments.precision, ranges: ranges)
    let pool = WorkPool(lanes: arguments.threads)
    for _ in 0..<arguments.repeats {
      let start = DispatchTime.now().uptimeNanoseconds
      answers = try plan.run(inputs, pool: pool)
      times.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6)
    }
    if arguments.isProfiled {
      for entry in try plan.profile(inputs, pool: pool).entries {
        let line = "\(entry.milliseconds) \(entry.work.kernel) \(entry.name)\n"
        FileHandle.standardError.write(Data(line.utf8))
      }
    }
  }
  report["milliseconds"] = times
  report["shapes"] = answers.map(\.shape.dimensions)
  if let folder = arguments.outputs {
    for (index, answer) in answers.enumerated() {
      let data = answer.withUnsafeBuffer { Data(buffer: $0) }
      try data.write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(index).f32"))
    }
  }
  return report
}

BLAS.useOneThread()
do {
  let report = try run(Arguments(Array(CommandLine.arguments.dropFirst())))
  let json = try JSONSerialization.data(withJSONObject: report, options: [.sortedKeys])
  print(String(decoding: json, as: UTF8.self))
} catch let failure as Failure {
  FileHandle.standardError.write(Data("onnx-run: \(failure.message)\n".utf8))
  exit(64)
} catch {
  FileHandle.standardError.write(Data("onnx-run: \(error)\n".utf8))
  exit(65)
}
