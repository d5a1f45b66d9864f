package import Tensors

/// The parameters of a network in training by name: weights, slopes, running statistics, constants.
///
/// Names keep the order in which the graph first reads them. Only those in ``isTrainable`` have gradients; training
/// changes running statistics too.
package struct ParameterStore: Sendable {
  package private(set) var names: [String] = []
  /// For each name, whether gradients change it.
  package private(set) var isTrainable: [Bool] = []
  private var tensors: [Tensor] = []
  private var places: [String: Int] = [:]

  package init() {}

  package var count: Int { names.count }

  /// Numbers that gradients change.
  package var trainableCount: Int {
    names.indices.reduce(0) { isTrainable[$1] ? $0 + tensors[$1].count : $0 }
  }

  /// The parameter at an index.
  package subscript(index: Int) -> Tensor { tensors[index] }

  /// The parameter called `name`.
  package subscript(name: String) -> Tensor? { places[name].map { tensors[$0] } }

  package func index(of name: String) -> Int? { places[name] }

  /// Adds a parameter; `false`, and nothing added, when the name is taken.
  @discardableResult
  package mutating func insert(_ tensor: Tensor, as name: String, isTrainable: Bool) -> Bool {
    guard places[name] == nil else { return false }
    places[name] = names.count
    names.append(name)
    tensors.append(tensor)
    self.isTrainable.append(isTrainable)
    return true
  }

  /// Replaces the values of the parameter called `name`; throws `badShape` unless it exists in that shape.
  package mutating func set(_ tensor: Tensor, for name: String) throws(GraphError) {
    guard let index = places[name], tensors[index].shape == tensor.shape else {
      throw GraphError(.badShape, "The network has no parameter of shape \(tensor.shape) under the name \(name).")
    }
    tensors[index] = tensor
  }

  /// Lends the parameter at `index` for changing in place; the pointer must not outlive the call.
  package mutating func withUnsafeMutableBuffer(
    _ index: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    tensors[index].withUnsafeMutableBuffer(body)
  }
}

/// The gradients of one step: for each parameter of a store, by index, the gradient or `nil`.
package struct Gradients: Sendable {
  package private(set) var tensors: [Tensor?]

  package init(count: Int) {
    tensors = Array(repeating: nil, count: count)
  }

  package init(_ tensors: [Tensor?]) {
    self.tensors = tensors
  }

  package subscript(index: Int) -> Tensor? { tensors[index] }

  /// Adds to the gradient at `index`.
  mutating func add(_ tensor: Tensor, at index: Int) {
    guard var sum = tensors[index] else {
      tensors[index] = tensor
      return
    }
    tensors[index] = nil
    sum.add(tensor)
    tensors[index] = sum
  }

  /// Multiplies every gradient by `factor`.
  package mutating func scale(by factor: Float) {
    for index in tensors.indices {
      tensors[index]?.withUnsafeMutableBuffer { $0.replaceEach { $0 * factor } }
    }
  }
}
