// Runs a complete network again and again, for Benchmarks/networks/run and for finding what to make faster:
//
//   network-speed FILE SHAPE THREADS [--input VALUES.f32] [--profile RUNS] [--precision P]
//
// FILE is an ONNX file, the safetensors or checkpoint of an InceptionResnetV1 or of one of MTCNN's three networks, or dlib's
// recognizer. SHAPE is its input's, as in 1x3x640x640. For each line on stdin, a number of runs, the answer is one line of
// JSON: {"ms": [...]}; for a line "write FOLDER" the outputs of a run go to FOLDER/<number>.f32 and the answer lists their
// shapes. With --profile the steps of so many runs are printed as a table instead.

import FaceModels
import Foundation
import Networks
import OnnxImport
import Tensors
import WeightFiles

struct UsageError: Error, CustomStringConvertible {
  var description = "usage: network-speed FILE SHAPE THREADS [--input VALUES.f32] [--profile RUNS] [--precision P]"
}

struct Arguments {
  var file = ""
  var shape: Shape = []
  var threads = 1
  var input: String?
  var profiledRuns: Int?
  var precision = Precision.float32

  init(_ list: [String]) throws {
    var positions: [String] = []
    var rest = list[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--input": input = rest.popFirst()
      case "--profile": profiledRuns = rest.popFirst().flatMap { Int($0) }
      case "--precision":
        guard let known = rest.popFirst().flatMap(Precision.init(rawValue:)) else { throw UsageError() }
        precision = known
      default: positions.append(argument)
      }
    }
    guard positions.count == 3, let threads = Int(positions[2]),
      let shape = Shape(untrusted: positions[1].split(separator: "x").map { Int($0) ?? -1 }, limit: 1 << 26)
    else { throw UsageError() }
    (file, self.shape, self.threads) = (positions[0], shape, threads)
  }
}

/// The given values, or noise in -1 ..< 1 that is the same in every run.
func input(_ arguments: Arguments) throws -> Tensor {
  guard let path = arguments.input else {
    var state: UInt64 = 1
    return Tensor(shape: arguments.shape) { values in
      for i in values.indices {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        values[i] = Float(state >> 40) / Float(1 << 23) - 1
      }
    }
  }
  let data = try Data(contentsOf: URL(fileURLWithPath: path))
  guard data.count == arguments.shape.count * 4 else {
    throw UsageError(description: "\(path) does not hold \(arguments.shape) floats")
  }
  return Tensor(shape: arguments.shape) { values in _ = data.copyBytes(to: values) }
}

func channelsLast(_ tensor: Tensor) -> [Float] {
  guard let turned = try? Transpose([0, 2, 3, 1]).forward([tensor])[0] else { return tensor.values }
  return turned.values
}

func copy(_ pixels: [Float], into image: PlanImage) {
  let (shape, line) = (image.shape, image.shape[3] * image.shape[1])
  pixels.withUnsafeBufferPointer { pixels in
    for row in 0..<shape[0] * shape[2] {
      let target = UnsafeMutableBufferPointer(start: image.pixel(row / shape[2], row % shape[2], 0), count: line)
      _ = target.update(fromContentsOf: UnsafeBufferPointer(rebasing: pixels[row * line..<(row + 1) * line]))
    }
  }
}

func milliseconds(_ body: () throws -> Void) rethrows -> Double {
  let start = DispatchTime.now().uptimeNanoseconds
  try body()
  return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
}

func answer(_ object: [String: Any]) throws {
  FileHandle.standardOutput.write(try JSONSerialization.data(withJSONObject: object) + Data("\n".utf8))
}

func run(_ arguments: Arguments) throws {
  BLAS.useOneThread()
  let input = try input(arguments)
  let graph = try NetworkFile.graph(arguments.file, shape: arguments.shape)
  var ranges: ActivationRanges?
  if arguments.precision == .int8 {
    // As if the input were all that the network will ever see: right for its speed, not for its accuracy.
    var measured = ActivationRanges()
    try InferencePlan(graph, example: [arguments.shape]).measure([input], into: &measured)
    ranges = measured
  }
  let plan = try InferencePlan(
    graph, example: [arguments.shape], precision: arguments.precision, ranges: ranges)
  let pool = WorkPool(lanes: arguments.threads)
  if let runs = arguments.profiledRuns {
    return print(try plan.profile([input], pool: pool, runs: max(runs, 1)).table())
  }
  // As the worker does: pixels are written as the plan's memory has them, the outputs are read where they lie.
  let pixels = channelsLast(input)
  while let line = readLine() {
    let words = line.split(separator: " ", maxSplits: 1)
    if words.first == "write", let folder = words.dropFirst().first {
      let outputs = try plan.run(input, pool: pool)
      for (index, output) in outputs.enumerated() {
        let place = URL(fileURLWithPath: String(folder)).appendingPathComponent("\(index).f32")
        try output.withUnsafeBuffer { Data(buffer: $0) }.write(to: place)
      }
      try answer(["shapes": outputs.map(\.shape.dimensions)])
    } else {
      let times = try (0..<max(1, Int(line) ?? 1)).map { _ in
        try milliseconds {
          try plan.run(arguments.shape, pool: pool, fill: { copy(pixels, into: $0) }, read: { _ in })
        }
      }
      try answer(["ms": times])
    }
  }
}

do {
  try run(Arguments(Array(CommandLine.arguments.dropFirst())))
} catch {
  FileHandle.standardError.write(Data("network-speed: \(error)\n".utf8))
  exit(2)
}
