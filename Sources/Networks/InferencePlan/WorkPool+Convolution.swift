internal import CKernels

extension WorkPool {
  /// Runs one direct convolution, split over pixels, or over blocks of channels where there are few pixels.
  ///
  /// The memory behind the pointers of `call` must outlive this call.
  func runDirect(_ call: fk_conv, _ isa: fk_isa) {
    let pixels = Int(call.y.n) * Int(call.y.h) * Int(call.y.w)
    let blocks = Int(fk_conv_blocks(isa, call.y.c))
    let work = pixels * Int(call.y.c) * Int(call.x.c) * Int(call.kernel_h) * Int(call.kernel_w)
    let parts = min(lanes * 2, work / 500_000)
    let task = UncheckedSendable(call)
    if parts < 2 {
      withUnsafePointer(to: call) { fk_conv_run(isa, $0, 0, pixels, 0, Int32(blocks)) }
    } else if pixels >= parts * 48 {
      let share = (pixels / parts + 47) / 48 * 48
      run((pixels + share - 1) / share) { part in
        withUnsafePointer(to: task.value) {
          fk_conv_run(isa, $0, part * share, min(pixels, (part + 1) * share), 0, Int32(blocks))
        }
      }
    } else {
      let share = (blocks + parts - 1) / parts
      run((blocks + share - 1) / share) { part in
        withUnsafePointer(to: task.value) {
          fk_conv_run(isa, $0, 0, pixels, Int32(part * share), Int32(min(blocks, (part + 1) * share)))
        }
      }
    }
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
