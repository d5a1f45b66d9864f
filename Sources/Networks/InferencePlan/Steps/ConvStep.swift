internal import CKernels
internal import Tensors

/// A convolution with its epilogue: direct for each group, or depthwise.
struct ConvStep: PlanStep {
  let input: ValueID
  let output: ValueID
  let residual: ValueID?
  let packed: PackedConv
  /// Values that are a part of the output, with their first channel there.
  var shares: [(value: ValueID, channel: Int)] = []

  var inputs: [ValueID] { [input] + (residual.map { [$0] } ?? []) }
  var outputs: [ValueID] { [output] + shares.map(\.value) }

  func channelsInsideOutput(_ shape: (ValueID) -> Shape) -> [(value: ValueID, channel: Int)] { shares }

  func border(of value: ValueID) -> Padding? {
    value == input && !packed.conv.padding.isZero ? packed.conv.padding : nil
  }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let (x, y) = (context.view(input), context.view(output))
    let residual = residual.map { context.view($0) }
    guard Int(y.n) * Int(y.h) * Int(y.w) * Int(y.c) > 0 else { return }
    // The pointers in a call stay valid: `self` holds the weights until all parts are done.
    withExtendedLifetime(self) {
      if packed.isDepthwise {
        runDepthwise(packed.call(x: x, y: y, residual: residual), context)
      } else {
        for group in 0..<packed.conv.groups {
          runDirect(packed.call(x: x, y: y, residual: residual, group: group), context)
        }
      }
    }
  }

  private func runDirect(_ call: fk_conv, _ context: borrowing StepContext) {
    let isa = context.isa
    let pixels = Int(call.y.n) * Int(call.y.h) * Int(call.y.w)
    let blocks = Int(fk_conv_blocks(isa, call.y.c))
    let work = pixels * packed.channelsOut * packed.channelsIn * packed.kernel.height * packed.kernel.width
    let parts = min(context.pool.lanes * 2, work / 500_000)
    let task = UncheckedSendable(call)
    if parts < 2 {
      withUnsafePointer(to: call) { fk_conv_run(isa, $0, 0, pixels, 0, Int32(blocks)) }
    } else if pixels >= parts * 48 {
      let share = (pixels / parts + 47) / 48 * 48
      context.pool.run((pixels + share - 1) / share) { part in
        withUnsafePointer(to: task.value) {
          fk_conv_run(isa, $0, part * share, min(pixels, (part + 1) * share), 0, Int32(blocks))
        }
      }
    } else {
      let share = (blocks + parts - 1) / parts
      context.pool.run((blocks + share - 1) / share) { part in
        withUnsafePointer(to: task.value) {
          fk_conv_run(isa, $0, 0, pixels, Int32(part * share), Int32(min(blocks, (part + 1) * share)))
        }
      }
    }
  }

  private func runDepthwise(_ call: fk_conv, _ context: borrowing StepContext) {
    let (isa, task) = (context.isa, UncheckedSendable(call))
    let rows = Int(call.y.n) * Int(call.y.h)
    let work = rows * Int(call.y.w) * Int(call.y.c) * packed.kernel.height * packed.kernel.width
    context.pool.split(rows, work: work, grain: 200_000) { first, last in
      withUnsafePointer(to: task.value) { fk_depthwise_run(isa, $0, first, last) }
    }
  }
}

extension WorkPool {
  /// Splits 0 ..< `count` into ranges, each worth at least `grain` of `work` units, a few for each lane.
  func split(_ count: Int, work: Int, grain: Int, _ body: @escaping @Sendable (_ first: Int, _ last: Int) -> Void) {
    guard count > 0 else { return }
    let parts = lanes > 1 ? min(lanes * 2, work / max(grain, 1), count) : 1
    guard parts > 1 else { return body(0, count) }
    run(parts) { part in body(part * count / parts, (part + 1) * count / parts) }
  }
}

/// Carries pointers into tasks of a ``WorkPool`` that end before the memory does.
struct UncheckedSendable<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) {
    self.value = value
  }
}
