/// Who shares the work of a search: how many may work at once, and how a loop is spread over them.
package struct SearchThreads: Sendable {
  package let lanes: Int
  /// Calls the body for 0..<count, in any order and on any thread, and returns when all are done.
  let run: @Sendable (_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Void

  package init(
    lanes: Int, run: @escaping @Sendable (_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Void
  ) {
    self.lanes = max(1, lanes)
    self.run = run
  }

  /// The caller alone.
  package static let serial = SearchThreads(lanes: 1) { count, body in
    for index in 0..<count { body(index) }
  }
}
