import FaceModels
import Foundation
import Networks
import Tensors
import WeightFiles

// Trains InceptionResnetV1 on one batch, step by step, for Benchmarks/training/run:
//   train-step WEIGHTS BATCH THREADS
// WEIGHTS and BATCH are safetensors; BATCH holds "x" (N x 3 x 160 x 160) and "labels" (N). For each line on stdin one
// step runs: forward in batch mode, cross entropy, backward, Adam at 1e-3. Its answer is "SECONDS CPU_SECONDS LOSS".

struct UsageError: Error, CustomStringConvertible {
  let description = "usage: train-step WEIGHTS BATCH THREADS"
}

func read(_ path: String) throws -> NamedTensors {
  try Safetensors.read([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
}

func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

func run() throws {
  let arguments = CommandLine.arguments
  guard arguments.count == 4, let threads = Int(arguments[3]) else { throw UsageError() }
  let batch = try read(arguments[2])
  guard let x = batch["x"], let labels = batch["labels"]?.values.map({ Int($0) }) else { throw UsageError() }
  BLAS.useOneThread()
  let tape = try TrainingTape(
    try InceptionResnetV1.graph(try read(arguments[1]), head: .logits), pool: WorkPool(lanes: threads))
  var adam = Adam()
  var step: UInt64 = 0
  let clock = ContinuousClock()
  while readLine() != nil {
    let (start, used) = (clock.now, processorSeconds())
    let logits = try tape.forward([x], seed: step)[0]
    let result = try CrossEntropy().evaluate(logits, labels: labels)
    let gradients = try tape.backward([result.gradient])
    adam.update(&tape.parameters, gradients, learningRate: 1e-3, gradientScale: 1, pool: tape.pool)
    let seconds = (clock.now - start) / .seconds(1)
    let line = "\(seconds) \(processorSeconds() - used) \(result.loss)\n"
    FileHandle.standardOutput.write(Data(line.utf8))
    step += 1
  }
}

do {
  try run()
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(2)
}
