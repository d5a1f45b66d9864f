internal import CKernels
internal import Tensors

/// A convolution with its epilogue where the input, the output or the residual is of another format than float32.
struct MixedConvStep: PlanStep {
  let input: ValueID
  let output: ValueID
  let residual: ValueID?
  let packed: MixedConv
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
    let name = packed.isDepthwise ? "depthwise" : "direct"
    let format = "\(context.format(input))".prefix { $0 != "(" }
    return StepWork(
      kernel: "\(format) \(name) \(kernel.height)x\(kernel.width)",
      operations: 2 * Double(context.shape(output).count)
        * Double(packed.channelsIn * kernel.height * kernel.width))
  }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let x = (context.view(input), context.format(input))
    let y = (context.view(output), context.format(output))
    let add = residual.map { (context.view($0), context.format($0)) }
    guard Int(y.0.n) * Int(y.0.h) * Int(y.0.w) * Int(y.0.c) > 0 else { return }
    // The pointers in a call stay valid: `self` holds the weights until all parts are done.
    withExtendedLifetime(self) {
      if packed.isDepthwise {
        context.pool.runMixedDepthwise(packed.call(x: x, y: y, residual: add), context.isa)
      } else {
        for group in 0..<packed.conv.groups {
          context.pool.runMixed(packed.call(x: x, y: y, residual: add, group: group), context.isa)
        }
      }
    }
  }
}

extension WorkPool {
  /// Runs one convolution, split as ``runDirect(_:_:)`` is.
  ///
  /// The memory behind the pointers of `call` must outlive this call.
  func runMixed(_ call: fk_mixed_conv, _ isa: fk_isa) {
    let task = UncheckedSendable(call)
    splitConvolution(call.conv, blocks: Int(fk_mixed_blocks(call.conv.y.c)), grain: 1_000_000) { pixels, blocks in
      withUnsafePointer(to: task.value) {
        fk_mixed_run(isa, $0, pixels.lowerBound, pixels.upperBound, Int32(blocks.lowerBound), Int32(blocks.upperBound))
      }
    }
  }

  /// Runs one depthwise convolution, split over rows.
  func runMixedDepthwise(_ call: fk_mixed_conv, _ isa: fk_isa) {
    let task = UncheckedSendable(call)
    splitDepthwise(call.conv) { first, last in
      withUnsafePointer(to: task.value) { fk_mixed_depthwise_run(isa, $0, first, last) }
    }
  }
}
