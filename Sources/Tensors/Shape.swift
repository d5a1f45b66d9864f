/// The dimensions of a tensor, outermost first. Graphs speak NCHW.
package struct Shape: Hashable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
  /// Each dimension, zero or more.
  package let dimensions: [Int]

  /// Wraps dimensions that the program itself computed; each must be zero or more.
  package init(_ dimensions: [Int]) {
    precondition(dimensions.allSatisfy { $0 >= 0 }, "[Shape] negative dimension in \(dimensions)")
    self.dimensions = dimensions
  }

  package init(arrayLiteral elements: Int...) {
    self.init(elements)
  }

  /// Wraps dimensions read from a file or a request: `nil` when one is negative or their product exceeds `limit`, where
  /// zeros count as ones: products of any of them are then safe too.
  package init?(untrusted dimensions: [Int], limit: Int) {
    var product = 1
    for dimension in dimensions {
      guard dimension >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(dimension, 1))
      guard !overflow, next <= limit else { return nil }
      product = next
    }
    self.dimensions = dimensions
  }

  /// How many dimensions there are.
  package var rank: Int { dimensions.count }

  /// How many elements a tensor of this shape has; 1 for a scalar.
  package var count: Int { dimensions.reduce(1, *) }

  package subscript(_ axis: Int) -> Int { dimensions[axis] }

  package var description: String { dimensions.map(String.init).joined(separator: "x") }
}
