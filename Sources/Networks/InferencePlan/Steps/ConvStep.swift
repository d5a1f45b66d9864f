internal import CKernels
internal import Tensors

/// A convolution with its epilogue, by the algorithm its weights are packed for.
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

  func work(_ context: borrowing StepContext) -> StepWork {
    let kernel = packed.kernel
    let products = packed.channelsIn * kernel.height * kernel.width
    return StepWork(
      kernel: "\(packed.algorithm.rawValue) \(kernel.height)x\(kernel.width)",
      operations: 2 * Double(context.shape(output).count) * Double(products))
  }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let (x, y) = (context.view(input), context.view(output))
    let residual = residual.map { context.view($0) }
    guard Int(y.n) * Int(y.h) * Int(y.w) * Int(y.c) > 0 else { return }
    // The pointers in a call stay valid: `self` holds the weights until all parts are done.
    withExtendedLifetime(self) {
      switch packed.algorithm {
      case .depthwise: context.pool.runDepthwise(packed.call(x: x, y: y, residual: residual), context.isa)
      case .winograd: context.pool.runWinograd(packed.call(x: x, y: y, residual: residual), context.isa)
      case .direct:
        for group in 0..<packed.conv.groups {
          context.pool.runDirect(packed.call(x: x, y: y, residual: residual, group: group), context.isa)
        }
      }
    }
  }
}
