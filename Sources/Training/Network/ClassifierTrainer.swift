package import Networks
package import Tensors
internal import WeightFiles

/// Takes steps on a ``ClassifierGraph``: forward, cross-entropy, backward, optimizer.
///
/// Not for use from two threads at a time.
package final class ClassifierTrainer {
  private let tape: TrainingTape
  private var optimizer: any Optimizer
  private let loss: CrossEntropy
  private let clip: Double?
  private let seed: UInt64
  private let layer: ClassifierGraph.Layer
  /// Whether the network takes several crops at once; else gradients of single ones are added up.
  private let batches: Bool
  /// Steps so far.
  package private(set) var steps = 0

  /// What a step gave.
  package struct Step: Sendable {
    /// The mean over the batch, in nats.
    package var loss: Double
    package var correct: Int
    package var count: Int
  }

  /// - Throws: ``TrainingError`` `badNetwork` where gradients cannot go through the network.
  package init(
    _ classifier: ClassifierGraph, layer: ClassifierGraph.Layer, settings: TrainingSettings, freezesBatchNorm: Bool,
    batches: Bool, pool: WorkPool
  ) throws(TrainingError) {
    do {
      tape = try TrainingTape(
        classifier.graph,
        options: TrainingTape.Options(frozen: settings.freeze, usesBatchStatistics: !freezesBatchNorm), pool: pool)
    } catch {
      throw TrainingError(.badNetwork, error.message)
    }
    switch settings.optimizer {
    case .adam: optimizer = Adam(weightDecay: settings.weightDecay)
    case .adamw: optimizer = AdamW(weightDecay: settings.weightDecay)
    case .sgd: optimizer = StochasticGradientDescent(momentum: 0.9, weightDecay: settings.weightDecay)
    }
    loss = CrossEntropy(labelSmoothing: Float(settings.labelSmoothing))
    clip = settings.gradientClip
    seed = settings.seed
    self.layer = layer
    self.batches = batches
  }

  /// Names of what the optimizer changes.
  package var trainable: [String] {
    tape.parameters.names.indices.filter { tape.parameters.isTrainable[$0] }.map { tape.parameters.names[$0] }
  }

  /// One step on a batch; `inputs` is N x (what the graph takes).
  ///
  /// - Throws: ``TrainingError`` `diverged` when the loss is not finite, before anything is changed; `badNetwork`.
  package func step(_ inputs: Tensor, labels: [Int], learningRate: Double) throws(TrainingError) -> Step {
    do {
      var (result, gradients) = try evaluate(inputs, labels)
      let norm = gradients.norm(pool: tape.pool)
      guard result.loss.isFinite, norm.isFinite else {
        throw TrainingError(.diverged, "The training diverged: the loss is no longer a finite number.")
      }
      if !batches { gradients.scale(by: 1 / Float(max(1, labels.count))) }
      let scaled = batches ? norm : norm / Double(max(1, labels.count))
      let scale = clip.map { Gradients.clipScale(norm: scaled, limit: $0) } ?? 1
      optimizer.update(
        &tape.parameters, gradients, learningRate: learningRate, gradientScale: scale, pool: tape.pool)
      steps += 1
      result.count = labels.count
      return result
    } catch let error as TrainingError {
      throw error
    } catch let error as GraphError {
      throw TrainingError(.badNetwork, error.message)
    } catch {
      throw TrainingError(.badNetwork, "The network cannot be trained.")
    }
  }

  /// The loss and the gradients of a batch; the sums of single ones where the network takes one crop at a time.
  private func evaluate(_ inputs: Tensor, _ labels: [Int]) throws -> (Step, Gradients) {
    let seed = SeededRandom.mixed(seed, UInt64(steps))
    if batches {
      let logits = try tape.forward([inputs], seed: seed)[0]
      let result = try loss.evaluate(logits, labels: labels)
      return (
        Step(loss: result.loss, correct: result.correct, count: labels.count), try tape.backward([result.gradient])
      )
    }
    var sum: [Tensor?] = []
    var step = Step(loss: 0, correct: 0, count: labels.count)
    let values = inputs.values
    let size = values.count / max(1, labels.count)
    for (index, label) in labels.enumerated() {
      let one = Tensor(
        shape: Shape([1] + inputs.shape.dimensions.dropFirst()),
        values: Array(values[index * size..<(index + 1) * size]))
      let logits = try tape.forward([one], seed: seed &+ UInt64(index))[0]
      let result = try loss.evaluate(logits, labels: [label])
      step.loss += result.loss / Double(labels.count)
      step.correct += result.correct
      let gradients = try tape.backward([result.gradient]).tensors
      sum = sum.isEmpty ? gradients : zip(sum, gradients).map { Self.added($0, $1) }
    }
    return (step, Gradients(sum))
  }

  private static func added(_ a: Tensor?, _ b: Tensor?) -> Tensor? {
    guard var a else { return b }
    guard let b, a.count == b.count else { return a }
    a.withUnsafeMutableBuffer { a in
      b.withUnsafeBuffer { b in for index in a.indices { a[index] += b[index] } }
    }
    return a
  }

  /// The layer as it is now.
  package var trainedLayer: ClassifierGraph.Layer {
    var result = layer
    if let weights = tape.parameters[ClassifierGraph.weight] { result.weights = weights.values }
    if let bias = tape.parameters[ClassifierGraph.bias] { result.bias = bias.values }
    return result
  }

  /// What differs from `original` among the parameters of these names: weights, slopes, running statistics.
  package func changed(since original: [String: Tensor]) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (name, old) in original {
      if let tensor = tape.parameters[name], tensor.values != old.values { result[name] = tensor }
    }
    return result
  }
}

// MARK: Checkpoints

extension ClassifierTrainer {
  /// Adds all that the rest of the training depends on.
  package func store(in checkpoint: inout Checkpoint) {
    for (index, name) in tape.parameters.names.enumerated() where isKept(index) {
      _ = checkpoint.tensors.insert(tape.parameters[index], as: "parameter/" + name)
    }
    let state = optimizer.state(tape.parameters)
    for (name, tensor) in state.tensors.sorted(by: { $0.key < $1.key }) {
      _ = checkpoint.tensors.insert(tensor, as: "optimizer/" + name)
    }
    for (name, count) in state.steps { checkpoint.state.counters["optimizer/" + name] = Int(count) }
    checkpoint.state.counters["steps"] = steps
    checkpoint.state.optimizer = state.optimizer
  }

  /// Constants of the graph never change; running statistics do where batch norm uses those of the batch.
  private func isKept(_ index: Int) -> Bool {
    tape.parameters.isTrainable[index] || tape.options.usesBatchStatistics
  }

  /// Takes what was stored; `false` when it does not fit, and then this trainer must not be used.
  package func restore(from checkpoint: Checkpoint) -> Bool {
    guard let steps = checkpoint.state.counters["steps"], steps >= 0 else { return false }
    for (index, name) in tape.parameters.names.enumerated() where isKept(index) {
      guard let tensor = checkpoint.tensors["parameter/" + name] else { return false }
      do { try tape.parameters.set(tensor, for: name) } catch { return false }
    }
    var state = OptimizerState(optimizer: checkpoint.state.optimizer ?? "")
    for name in checkpoint.tensors.names where name.hasPrefix("optimizer/") {
      state.tensors[String(name.dropFirst("optimizer/".count))] = checkpoint.tensors[name]
    }
    for (name, count) in checkpoint.state.counters where name.hasPrefix("optimizer/") {
      state.steps[String(name.dropFirst("optimizer/".count))] = Int64(count)
    }
    do { try optimizer.restore(state, tape.parameters) } catch { return false }
    self.steps = steps
    return true
  }
}
