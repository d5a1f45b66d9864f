package import Networks
package import OnnxImport
import Synchronization
package import Tensors

/// A network from one image tensor, N x 3 x H x W, to named outputs: built in code, or from an ONNX file.
///
/// An ONNX file becomes a plan for each input shape; the plans of the shapes used last are kept. Safe to run from many
/// threads at a time.
package final class ImageNetwork: Sendable {
  /// Names of the outputs, in the order in which a run numbers them.
  package let outputNames: [String]
  /// What the input's batch, height and width have to be; `nil` where they are free.
  package let fixedBatch: Int?
  package let fixedHeight: Int?
  package let fixedWidth: Int?
  private let source: Source
  private let precision: Precision
  private let ranges: ActivationRanges?
  private let plans = Mutex<PlanCache>(PlanCache())
  /// Held while a plan is made, so that many requests of one new shape make one plan.
  private let making = Mutex<Void>(())

  private enum Source: Sendable {
    /// For every shape, with what it was made from.
    case plan(InferencePlan, Graph)
    case file(OnnxNetwork, OnnxImageRule)
  }

  /// A network built in code, which takes any size; `example` is a shape it takes.
  package init(
    _ graph: Graph, outputNames: [String], example: Shape, precision: Precision = .float32,
    ranges: ActivationRanges? = nil
  ) throws(ModelError) {
    self.precision = precision
    self.ranges = ranges
    precondition(outputNames.count == graph.outputs.count, "[ImageNetwork] \(outputNames)")
    self.outputNames = outputNames
    (fixedBatch, fixedHeight, fixedWidth) = (nil, nil, nil)
    do {
      source = .plan(
        try InferencePlan(graph, example: [example], precision: precision, ranges: ranges), graph)
    } catch {
      throw ModelError(.invalid, "The network cannot be run: \(error.message)")
    }
  }

  /// The network of an ONNX file; `id` names the model in messages, `rule` says more of its input than the file does.
  ///
  /// Throws `invalid` when the file cannot be read or imported, and when it takes something else than one float image of
  /// three channels.
  package init(
    onnx bytes: [UInt8], id: String, rule: OnnxImageRule = OnnxImageRule(), precision: Precision = .float32,
    ranges: ActivationRanges? = nil
  ) throws(ModelError) {
    self.precision = precision
    self.ranges = ranges
    let network: OnnxNetwork
    do {
      network = try OnnxNetwork(OnnxBytes(bytes))
    } catch {
      throw ModelError(.invalid, "The ONNX file of \(id) cannot be used: \(error.message)", missing: error.missing)
    }
    guard network.inputs.count == 1, let input = network.inputs.first else {
      let names = network.inputs.prefix(8).map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw ModelError(
        .invalid, "The ONNX file of \(id) has \(network.inputs.count) inputs (\(names)); one image is needed.")
    }
    let dimensions = rule.image(input.dimensions ?? [.free(""), .free(""), .free(""), .free("")])
    func fixed(_ index: Int) -> Int? { if case .fixed(let size) = dimensions[index] { size } else { nil } }
    guard dimensions.count == 4, fixed(1) ?? 3 == 3 else {
      throw ModelError(
        .invalid,
        "The input \"\(input.name)\" of \(id) is not an image N x 3 x H x W but \(Self.show(input.dimensions ?? [])) (for N x H x W x 3 "
          + "the manifest's input needs \"layout\": \"nhwc\").")
    }
    outputNames = network.outputs.map(\.name)
    (fixedBatch, fixedHeight, fixedWidth) = (fixed(0), fixed(2), fixed(3))
    source = .file(network, rule)
  }

  /// Whether a weight file is none of the other kinds: a zip or pickle of PyTorch, or safetensors.
  package static func isONNX(_ bytes: [UInt8]) -> Bool {
    let isZip = bytes.starts(with: [0x50, 0x4B])
    let isPickle = bytes.first == 0x80
    // The length of a safetensors header is eight bytes, the upper ones zero, and the header starts with a brace.
    let isSafetensors = bytes.count > 8 && bytes[8] == UInt8(ascii: "{") && bytes[4..<8].allSatisfy { $0 == 0 }
    return !isZip && !isPickle && !isSafetensors
  }

  private static func show(_ dimensions: [OnnxDimension]) -> String {
    dimensions.prefix(8).map { if case .fixed(let size) = $0 { String(size) } else { "?" } }.joined(separator: " x ")
  }

  // MARK: Runs

  /// The shapes of the outputs for an input of `shape`; throws `invalid` when the network cannot take it.
  package func outputShapes(for shape: Shape) throws(ModelError) -> [Shape] { try plan(for: shape).outputShapes }

  /// Runs once. `fill` writes the input, channels last; `read` gets the outputs while they last.
  package func run<Result>(
    _ shape: Shape, pool: WorkPool, fill: (PlanImage) -> Void, read: (borrowing PlanOutputs) throws -> Result
  ) throws -> Result {
    let plan =
      switch source {
      case .plan(let plan, _): plan
      case .file: try self.plan(for: shape).plan
      }
    return try plan.run(shape, pool: pool, fill: fill, read: read)
  }

  /// The plan that runs inputs of `shape`; throws as ``outputShapes(for:)`` does.
  func inferencePlan(for shape: Shape) throws(ModelError) -> InferencePlan { try plan(for: shape).plan }

  /// What the network is made from for inputs of `shape`; throws `invalid` when it cannot take them.
  func graph(for shape: Shape) throws(ModelError) -> Graph {
    switch source {
    case .plan(_, let graph): return graph
    case .file(let network, let rule):
      do {
        return try network.graph(inputShapes: [shape], image: rule)
      } catch {
        throw ModelError(.invalid, "The network cannot be used for an input of \(shape): \(error.message)")
      }
    }
  }

  private func plan(for shape: Shape) throws(ModelError) -> PlanCache.Entry {
    if let known = plans.withLock({ $0.find(shape) }) { return known }
    let result = making.withLock { _ -> Swift.Result<PlanCache.Entry, ModelError> in
      if let known = plans.withLock({ $0.find(shape) }) { return .success(known) }
      do throws(ModelError) {
        let made = try make(for: shape)
        plans.withLock { $0.insert(made, for: shape) }
        return .success(made)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func make(for shape: Shape) throws(ModelError) -> PlanCache.Entry {
    guard shape.rank == 4, shape[0] == fixedBatch ?? shape[0], shape[1] == 3, shape[2] == fixedHeight ?? shape[2],
      shape[3] == fixedWidth ?? shape[3]
    else { throw ModelError(.invalid, "The network does not take an image of \(shape).") }
    do {
      switch source {
      case .plan(let plan, _):
        return PlanCache.Entry(plan: plan, outputShapes: try plan.outputShapes(for: shape))
      case .file(let network, let rule):
        let graph = try network.graph(inputShapes: [shape], image: rule)
        let plan = try InferencePlan(graph, example: [shape], precision: precision, ranges: ranges)
        return PlanCache.Entry(plan: plan, outputShapes: try plan.outputShapes(for: shape))
      }
    } catch let error as OnnxError {
      throw ModelError(.invalid, "The network cannot be used for an input of \(shape): \(error.message)")
    } catch let error as GraphError {
      throw ModelError(.invalid, "The network cannot be run for an input of \(shape): \(error.message)")
    } catch {
      throw ModelError(.invalid, "The network cannot be run for an input of \(shape).")
    }
  }
}

/// The plans of the shapes used last.
private struct PlanCache {
  struct Entry {
    let plan: InferencePlan
    let outputShapes: [Shape]
  }

  private var entries: [Shape: (entry: Entry, used: Int)] = [:]
  private var clock = 0
  /// Each holds the weights once more.
  private static let bound = 6

  mutating func find(_ shape: Shape) -> Entry? {
    clock += 1
    entries[shape]?.used = clock
    return entries[shape]?.entry
  }

  mutating func insert(_ entry: Entry, for shape: Shape) {
    clock += 1
    if entries.count >= Self.bound, let oldest = entries.min(by: { $0.value.used < $1.value.used })?.key {
      entries[oldest] = nil
    }
    entries[shape] = (entry, clock)
  }
}
