internal import CKernels
internal import Tensors

/// Weights of a convolution as a kernel wants them. Immutable, shared by every run.
struct PackedConv: Sendable {
  let conv: Conv2d
  let kernel: Extent
  let channelsIn: Int
  let channelsOut: Int
  let weights: Tensor
  let bias: Tensor
  let slope: Tensor?

  init(conv: Conv2d, weight: Tensor, bias: [Float], slope: [Float]?, isa: fk_isa) {
    self.conv = conv
    kernel = Extent(height: weight.shape[2], width: weight.shape[3])
    channelsIn = weight.shape[1]
    channelsOut = weight.shape[0]
    let padded = Int(fk_conv_padded_channels(isa, Int32(channelsOut)))
    let (out, ins, kernel) = (channelsOut, channelsIn, kernel)
    weights = Tensor(shape: [padded, ins, kernel.height, kernel.width]) { packed in
      weight.withUnsafeBuffer { source in
        guard let from = source.baseAddress, let to = packed.baseAddress else { return }
        fk_conv_pack(isa, from, Int32(out), Int32(ins), Int32(kernel.height), Int32(kernel.width), to)
      }
    }
    func padding(_ values: [Float]) -> Tensor {
      Tensor(shape: [padded], values: values + [Float](repeating: 0, count: padded - values.count))
    }
    self.bias = padding(bias)
    self.slope = slope.map(padding)
  }
}

/// A direct convolution with its epilogue.
struct ConvStep: PlanStep {
  let input: ValueID
  let output: ValueID
  let residual: ValueID?
  let packed: PackedConv
  let activation: Activation

  var inputs: [ValueID] { [input] + (residual.map { [$0] } ?? []) }
  var outputs: [ValueID] { [output] }

  func border(of value: ValueID) -> Padding? {
    value == input && !packed.conv.padding.isZero ? packed.conv.padding : nil
  }

  func run(_ context: borrowing StepContext) throws(GraphError) {
    let (conv, isa) = (packed.conv, context.isa)
    var x = context.view(input)
    x.data -= conv.padding.top * x.row + conv.padding.left * x.pixel
    let y = context.view(output)
    let pixels = Int(y.n) * Int(y.h) * Int(y.w)
    guard pixels > 0 else { return }
    packed.weights.withUnsafeBuffer { weights in
      packed.bias.withUnsafeBuffer { bias in
        let call = fk_conv(
          x: x, y: y, residual: residual.map { context.view($0) } ?? fk_view(),
          kernel_h: Int32(packed.kernel.height), kernel_w: Int32(packed.kernel.width),
          stride_h: Int32(conv.stride.height), stride_w: Int32(conv.stride.width),
          dilation_h: Int32(conv.dilation.height), dilation_w: Int32(conv.dilation.width),
          weights: weights.baseAddress, bias: bias.baseAddress,
          slope: packed.slope?.withUnsafeBuffer { $0.baseAddress }, activation: activation.kernel)
        let blockChannels = Int(fk_conv_block_channels(isa))
        let blocks = (packed.channelsOut + blockChannels - 1) / blockChannels
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
    }
  }
}

/// Carries pointers into tasks of a ``WorkPool`` that end before the memory does.
struct UncheckedSendable<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) {
    self.value = value
  }
}
