internal import CKernels

extension WorkPool {
  /// Runs one direct convolution, split over pixels, or over blocks of channels where there are few pixels.
  ///
  /// The memory behind the pointers of `call` must outlive this call.
  func runDirect(_ call: fk_conv, _ isa: fk_isa) {
    let task = UncheckedSendable(call)
    splitConvolution(call, blocks: Int(fk_conv_blocks(isa, call.y.c)), grain: 500_000) { pixels, blocks in
      withUnsafePointer(to: task.value) {
        fk_conv_run(isa, $0, pixels.lowerBound, pixels.upperBound, Int32(blocks.lowerBound), Int32(blocks.upperBound))
      }
    }
  }

  /// Splits a convolution over the lanes, each part worth at least `grain` multiplications: over pixels, or over the `blocks` of
  /// its output channels.
  func splitConvolution(
    _ call: fk_conv, blocks: Int, grain: Int,
    _ body: @escaping @Sendable (_ pixels: Range<Int>, _ blocks: Range<Int>) -> Void
  ) {
    let rows = Int(call.y.n) * Int(call.y.h)
    let pixels = rows * Int(call.y.w)
    let work = pixels * Int(call.y.c) * Int(call.x.c) * Int(call.kernel_h * call.kernel_w)
    let parts = convolutionParts(work: work, grain: grain)
    if parts > 1, pixels < parts * 48, blocks % lanes == 0 || blocks >= parts * 2 {
      // Every part reads all pixels, but no weight is read twice.
      run(parts) { part in body(0..<pixels, Self.share(part, of: parts, of: blocks)) }
    } else {
      // Whole rows where there are enough of them: a tile does not go beyond a row.
      let unit = rows >= parts * 4 ? Int(call.y.w) : 1
      run(parts) { part in
        let share = Self.share(part, of: parts, of: pixels / unit)
        body(share.lowerBound * unit..<share.upperBound * unit, 0..<blocks)
      }
    }
  }

  /// Runs one convolution by Winograd's algorithm, split over tiles. The same conditions hold.
  func runWinograd(_ call: fk_conv, _ isa: fk_isa) {
    let task = UncheckedSendable(call)
    let tiles = withUnsafePointer(to: call) { fk_winograd_tiles($0) }
    let scratch = withUnsafePointer(to: call) { fk_winograd_scratch_size($0) }
    let parts = min(convolutionParts(work: tiles * 36 * Int(call.y.c) * Int(call.x.c), grain: 500_000), tiles)
    run(parts) { part in
      let share = Self.share(part, of: parts, of: tiles)
      Workspace.with(scratch) { scratch in
        withUnsafePointer(to: task.value) { fk_winograd_run(isa, $0, share.lowerBound, share.upperBound, scratch) }
      }
    }
  }

  /// Parts that `work` multiplications are worth: none, one for each lane, or two where lanes may start at other times.
  private func convolutionParts(work: Int, grain: Int) -> Int {
    let worth = work / grain
    return lanes == 1 || worth < 2 ? 1 : worth < lanes * 8 ? min(lanes, worth) : lanes * 2
  }

  private static func share(_ part: Int, of parts: Int, of count: Int) -> Range<Int> {
    part * count / parts..<(part + 1) * count / parts
  }

  /// Runs one depthwise convolution, split over rows.
  func runDepthwise(_ call: fk_conv, _ isa: fk_isa) {
    let task = UncheckedSendable(call)
    splitDepthwise(call) { first, last in
      withUnsafePointer(to: task.value) { fk_depthwise_run(isa, $0, first, last) }
    }
  }

  /// Splits a depthwise convolution into ranges of rows of all images.
  func splitDepthwise(_ call: fk_conv, _ body: @escaping @Sendable (_ first: Int, _ last: Int) -> Void) {
    let rows = Int(call.y.n) * Int(call.y.h)
    let work = rows * Int(call.y.w) * Int(call.y.c) * Int(call.kernel_h) * Int(call.kernel_w)
    split(rows, work: work, grain: 200_000, body)
  }

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
