internal import CKernels

extension WorkPool {
  /// Runs one direct convolution, split over pixels, or over blocks of channels where there are few pixels.
  ///
  /// The memory behind the pointers of `call` must outlive this call.
  func runDirect(_ call: fk_conv, _ isa: fk_isa) {
    let rows = Int(call.y.n) * Int(call.y.h)
    let pixels = rows * Int(call.y.w)
    let blocks = Int(fk_conv_blocks(isa, call.y.c))
    let task = UncheckedSendable(call)
    let parts = convolutionParts(work: pixels * Int(call.y.c) * Int(call.x.c) * Int(call.kernel_h * call.kernel_w))
    if parts > 1, pixels < parts * 48, blocks % lanes == 0 || blocks >= parts * 2 {
      // Every part reads all pixels, but no weight is read twice.
      run(parts) { part in
        let (first, last) = Self.share(part, of: parts, of: blocks)
        withUnsafePointer(to: task.value) { fk_conv_run(isa, $0, 0, pixels, Int32(first), Int32(last)) }
      }
    } else {
      // Whole rows where there are enough of them: a tile does not go beyond a row.
      let unit = rows >= parts * 4 ? Int(call.y.w) : 1
      run(parts) { part in
        let (first, last) = Self.share(part, of: parts, of: pixels / unit)
        withUnsafePointer(to: task.value) { fk_conv_run(isa, $0, first * unit, last * unit, 0, Int32(blocks)) }
      }
    }
  }

  /// Runs one convolution by Winograd's algorithm, split over tiles. The same conditions hold.
  func runWinograd(_ call: fk_conv, _ isa: fk_isa) {
    let task = UncheckedSendable(call)
    let tiles = withUnsafePointer(to: call) { fk_winograd_tiles($0) }
    let scratch = withUnsafePointer(to: call) { fk_winograd_scratch_size($0) }
    let parts = min(convolutionParts(work: tiles * 36 * Int(call.y.c) * Int(call.x.c)), tiles)
    run(parts) { part in
      let (first, last) = Self.share(part, of: parts, of: tiles)
      Workspace.with(scratch) { scratch in
        withUnsafePointer(to: task.value) { fk_winograd_run(isa, $0, first, last, scratch) }
      }
    }
  }

  /// Parts that `work` multiplications are worth: none, one for each lane, or two where lanes may start at other times.
  private func convolutionParts(work: Int) -> Int {
    let worth = work / 500_000
    return lanes == 1 || worth < 2 ? 1 : worth < lanes * 8 ? min(lanes, worth) : lanes * 2
  }

  private static func share(_ part: Int, of parts: Int, of count: Int) -> (first: Int, last: Int) {
    (part * count / parts, (part + 1) * count / parts)
  }

  /// Runs one depthwise convolution, split over rows.
  func runDepthwise(_ call: fk_conv, _ isa: fk_isa) {
    let task = UncheckedSendable(call)
    let rows = Int(call.y.n) * Int(call.y.h)
    let work = rows * Int(call.y.w) * Int(call.y.c) * Int(call.kernel_h) * Int(call.kernel_w)
    split(rows, work: work, grain: 200_000) { first, last in
      withUnsafePointer(to: task.value) { fk_depthwise_run(isa, $0, first, last) }
    }
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
