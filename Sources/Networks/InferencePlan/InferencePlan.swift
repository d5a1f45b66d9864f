internal import CKernels
import Synchronization
package import Tensors

/// A graph made ready to run fast: rewritten, lowered to steps, weights packed once, memory planned once per shape.
///
/// Safe to run from many threads at a time.
package final class InferencePlan: Sendable {
  private let graph: Graph
  private let steps: [any PlanStep]
  private let isa: fk_isa
  private let parameterShapes: [ValueID: Shape]
  /// Of the values that are not float32.
  private let formats: [ValueID: ValueFormat]
  private let shapePlans = Mutex<ShapePlanCache>(ShapePlanCache())

  /// Prepares `graph`; `example` gives a usual shape (NCHW) of each input, from which ranks are taken and
  /// algorithms are chosen; any other shape of the same rank can be run.
  ///
  /// A precision that the processor has no instructions for works too, slowly. `int8` needs the `ranges` of this very network
  /// and throws `unsupported` without them.
  package init(
    _ graph: Graph, example: [Shape], instructionSet: InstructionSet = .current, precision: Precision = .float32,
    ranges: ActivationRanges? = nil
  ) throws(GraphError) {
    var rewritten = try GraphRewriting.optimized(graph)
    var shapes = try rewritten.shapes(inputs: example)
    var context = LoweringContext(
      graph: rewritten, ranks: shapes.mapValues(\.rank), exampleShapes: shapes, isa: instructionSet.kernel)
    if let format = try Self.format(precision, ranges, rewritten) {
      context.channelsInWord = precision == .int8 ? 4 : 2
      let assignment = FormatAssignment(context, format: format)
      rewritten = assignment.graph
      shapes = try rewritten.shapes(inputs: example)
      context = LoweringContext(
        graph: rewritten, ranks: shapes.mapValues(\.rank), exampleShapes: shapes, isa: instructionSet.kernel,
        formats: assignment.formats.filter { $0.value != .float32 })
    }
    formats = context.formats
    var steps: [any PlanStep] = []
    for node in rewritten.nodes { steps.append(try node.operation.lower(node, context)) }
    self.isa = instructionSet.kernel
    self.steps = steps
    // What the steps hold packed need not be held twice.
    var kept = rewritten
    let needed = Set(steps.compactMap { $0 as? PlainStep }.flatMap(\.inputs))
    kept.parameters = rewritten.parameters.filter { needed.contains($0.key) || rewritten.outputs.contains($0.key) }
    parameterShapes = rewritten.parameters.mapValues(\.shape)
    self.graph = kept
  }

  /// What the formats of values are in a precision; `nil` where all are float32.
  private static func format(
    _ precision: Precision, _ ranges: ActivationRanges?, _ graph: Graph
  ) throws(GraphError) -> (([ValueID]) -> ValueFormat?)? {
    switch precision {
    case .float32: return nil
    case .bfloat16: return { _ in .bfloat16 }
    case .int8:
      guard let ranges else {
        throw GraphError(.unsupported, "int8 needs the ranges of the network's values, measured on images.")
      }
      var keys: [ValueID: String] = [:]
      for node in graph.nodes {
        for (place, value) in node.outputs.enumerated() { keys[value] = ActivationRanges.key(node, place) }
      }
      return { values in
        let known = values.compactMap { keys[$0] }
        return known.count == values.count ? ranges.format(known) : nil
      }
    }
  }

  /// Runs once and shows each output of each step, by its node and its place among the node's outputs.
  func watch(
    _ inputs: [Tensor], pool: WorkPool = .serial, _ show: @escaping (Node, Int, Tensor) -> Void
  ) throws {
    try execute(
      inputs.map(\.shape), pool: pool,
      fill: { context in for (value, tensor) in zip(graph.inputs, inputs) { context.store(tensor, in: value) } },
      read: { _ in },
      after: { index, context in
        let node = self.graph.nodes[index]
        for (place, value) in node.outputs.enumerated() where context.format(value) == .float32 {
          show(node, place, context.tensor(value))
        }
      })
  }

  /// The same for a network of one input, which `fill` writes channels-last.
  func watch(
    _ shape: Shape, pool: WorkPool, fill: (PlanImage) throws -> Void,
    _ show: @escaping (Node, Int, Tensor) -> Void
  ) throws {
    guard let input = graph.inputs.first else { throw GraphError(.badGraph, "The graph has no input.") }
    var failure: (any Error)?
    try execute(
      [shape], pool: pool,
      fill: { context in
        do { try fill(PlanImage(view: context.view(input))) } catch { failure = error }
      },
      read: { _ in },
      after: { index, context in
        let node = self.graph.nodes[index]
        for (place, value) in node.outputs.enumerated() where context.format(value) == .float32 {
          show(node, place, context.tensor(value))
        }
      })
    if let failure { throw failure }
  }

  /// Keys of the values that lie in bytes, conversions of inputs apart.
  var valuesInBytes: [String] {
    graph.nodes.filter { !($0.operation is Recast) }.flatMap { node in
      node.outputs.enumerated().compactMap { place, value in
        if case .uint8? = formats[value] { ActivationRanges.key(node, place) } else { nil }
      }
    }
  }

  /// Runs once. `fill` writes the (first) input channels-last; `read` gets the outputs before their memory is reused.
  package func run<Result>(
    _ shape: Shape, pool: WorkPool, fill: (PlanImage) -> Void, read: (borrowing PlanOutputs) throws -> Result
  ) throws -> Result {
    guard let input = graph.inputs.first else { throw GraphError(.badGraph, "The graph has no input.") }
    return try execute([shape], pool: pool, fill: { fill(PlanImage(view: $0.view(input))) }, read: read)
  }

  /// Runs once from and to plain tensors: NCHW where they have four dimensions.
  package func run(_ inputs: [Tensor], pool: WorkPool = .serial) throws -> [Tensor] {
    try execute(
      inputs.map(\.shape), pool: pool,
      fill: { context in for (value, tensor) in zip(graph.inputs, inputs) { context.store(tensor, in: value) } },
      read: { outputs in (0..<outputs.count).map { outputs.tensor($0) } })
  }

  /// Runs `runs` times and says how long each step took.
  package func profile(_ inputs: [Tensor], pool: WorkPool = .serial, runs: Int = 1) throws -> StepProfile {
    var profile = StepProfile()
    for _ in 0..<max(runs, 1) {
      var last: UInt64 = 0
      try execute(
        inputs.map(\.shape), pool: pool,
        fill: { context in
          for (value, tensor) in zip(graph.inputs, inputs) { context.store(tensor, in: value) }
          last = StepProfile.now()
        }, read: { _ in },
        after: { index, context in
          let now = StepProfile.now()
          profile.add(at: index, nanoseconds: now - last) {
            StepProfile.Entry(self.graph.nodes[index].name, self.steps[index], context)
          }
          last = StepProfile.now()
        })
    }
    return profile
  }

  /// The same as ``run(_:pool:)`` for a network of one input.
  package func run(_ input: Tensor, pool: WorkPool = .serial) throws -> [Tensor] {
    try run([input], pool: pool)
  }

  private func execute<Result>(
    _ shapes: [Shape], pool: WorkPool, fill: (borrowing StepContext) -> Void,
    read: (borrowing PlanOutputs) throws -> Result, after: ((Int, borrowing StepContext) -> Void)? = nil
  ) throws -> Result {
    let plan = try shapePlan(shapes)
    pool.begin()
    defer { pool.end() }
    return try Workspace.with(plan.size) { base in
      let context = StepContext(shapePlan: plan, base: base, parameters: graph.parameters, pool: pool, isa: isa)
      fill(context)
      for (index, step) in steps.enumerated() {
        for (value, padding) in plan.zeroed[index] {
          let format = context.format(value)
          fk_fill_border(
            context.view(value), format.kernel, format.borderByte, Int32(padding.top), Int32(padding.left),
            Int32(padding.bottom), Int32(padding.right))
        }
        try step.run(context)
        after?(index, context)
      }
      return try read(PlanOutputs(context: context, values: graph.outputs))
    }
  }

  /// Floats that one run may need: 1 GiB. A weight file must not be able to ask for all of a machine's memory.
  private static let largestWorkspace = 1 << 28

  /// The shapes of the outputs for an input of a shape; throws `badShape` when the network cannot take it.
  package func outputShapes(for input: Shape) throws(GraphError) -> [Shape] {
    let plan = try shapePlan([input])
    return graph.outputs.map { plan.shapes[$0] ?? [] }
  }

  private func shapePlan(_ inputs: [Shape]) throws(GraphError) -> ShapePlan {
    if let known = shapePlans.withLock({ $0.find(inputs) }) { return known }
    let plan = try ShapePlan(
      graph: graph, parameterShapes: parameterShapes, formats: formats, steps: steps, inputs: inputs)
    guard plan.size <= Self.largestWorkspace else {
      throw GraphError(
        .unsupported,
        "The network needs \(plan.size >> 18) MiB for inputs of \(inputs); at most \(Self.largestWorkspace >> 18) are allowed."
      )
    }
    shapePlans.withLock { $0.insert(plan, for: inputs) }
    return plan
  }
}

/// The outputs of a run, valid while it lasts.
package struct PlanOutputs: ~Copyable {
  private let context: StepContext
  private let values: [ValueID]

  init(context: consuming StepContext, values: [ValueID]) {
    self.context = context
    self.values = values
  }

  package var count: Int { values.count }

  /// A copy in plain NCHW order.
  package func tensor(_ index: Int) -> Tensor { context.tensor(values[index]) }

  /// The output as it lies: channels-last for rank 4, one pixel an image for rank 2.
  package func image(_ index: Int) -> PlanImage { PlanImage(view: context.view(values[index])) }
}

/// Channels-last float pixels of a running plan. Not to be kept beyond the call that lends it.
package struct PlanImage {
  let view: fk_view

  /// Shape N x C x H x W.
  package var shape: Shape { [Int(view.n), Int(view.c), Int(view.h), Int(view.w)] }

  /// The channels of one pixel.
  package func pixel(_ image: Int, _ y: Int, _ x: Int) -> UnsafeMutablePointer<Float> {
    view.data + image * view.image + y * view.row + x * view.pixel
  }

  /// Has `body` write this image in `parts`, 0..<parts, that do not overlap, on the pool's threads.
  package func fill(_ pool: WorkPool, _ parts: Int, _ body: @escaping @Sendable (PlanImage, Int) -> Void) {
    let image = UncheckedSendable(self)
    pool.run(parts) { part in body(image.value, part) }
  }
}

/// The plans of the shapes seen last.
private struct ShapePlanCache {
  private var plans: [[Shape]: (plan: ShapePlan, used: Int)] = [:]
  private var clock = 0
  private static let bound = 96

  mutating func find(_ key: [Shape]) -> ShapePlan? {
    clock += 1
    plans[key]?.used = clock
    return plans[key]?.plan
  }

  mutating func insert(_ plan: ShapePlan, for key: [Shape]) {
    clock += 1
    if plans.count >= Self.bound, let oldest = plans.min(by: { $0.value.used < $1.value.used })?.key {
      plans[oldest] = nil
    }
    plans[key] = (plan, clock)
  }
}
