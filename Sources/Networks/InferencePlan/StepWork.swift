/// What a step computes with, and how much: for profiles.
package struct StepWork: Sendable {
  /// The kernel's name, as in `direct 3x3`.
  package let kernel: String
  /// Additions and multiplications of the plain definition, two for each multiply-add: a kernel that needs fewer (Winograd)
  /// shows as faster. 0 where a step only moves values.
  package let operations: Double

  package init(kernel: String, operations: Double) {
    self.kernel = kernel
    self.operations = operations
  }
}

extension String {
  /// Without `suffix` at its end.
  func droppingSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}
