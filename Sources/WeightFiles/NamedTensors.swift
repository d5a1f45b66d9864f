package import Tensors

/// The contents of a weight file: float tensors by name, in the order of the file.
///
/// Integer and boolean tensors (such as batch-norm's `num_batches_tracked`) are kept apart, because a network's weights
/// are float32 throughout; float16, bfloat16 and float64 are converted to float32 when read.
package struct NamedTensors: Sendable {
  /// A tensor of whole numbers, widened to 64 bits; booleans are 0 and 1.
  package struct Integers: Sendable, Hashable {
    /// Dimensions, outermost first.
    package let shape: Shape
    /// Elements in row-major order.
    package let values: [Int64]

    /// Wraps `values`, which must hold `shape.count` elements.
    package init(shape: Shape, values: [Int64]) {
      precondition(values.count == shape.count, "[NamedTensors] \(values.count) values for shape \(shape)")
      self.shape = shape
      self.values = values
    }
  }

  /// Names of the float tensors, in the order of the file.
  package private(set) var names: [String] = []
  /// Names of the integer tensors, in the order of the file.
  package private(set) var integerNames: [String] = []
  private var floats: [String: Tensor] = [:]
  private var integers: [String: Integers] = [:]

  package init() {}

  /// The float tensor called `name`.
  package subscript(name: String) -> Tensor? { floats[name] }

  /// The integer tensor called `name`.
  package func integers(_ name: String) -> Integers? { integers[name] }

  /// Adds a float tensor; `false`, and nothing added, when the name is taken.
  package mutating func insert(_ tensor: Tensor, as name: String) -> Bool {
    guard isFree(name) else { return false }
    names.append(name)
    floats[name] = tensor
    return true
  }

  /// Adds an integer tensor; `false`, and nothing added, when the name is taken.
  package mutating func insert(_ tensor: Integers, as name: String) -> Bool {
    guard isFree(name) else { return false }
    integerNames.append(name)
    integers[name] = tensor
    return true
  }

  /// The tensors whose names begin with `prefix`, under names without it.
  package func section(_ prefix: String) -> NamedTensors {
    var result = NamedTensors()
    for name in names where name.hasPrefix(prefix) {
      if let tensor = floats[name] { _ = result.insert(tensor, as: String(name.dropFirst(prefix.count))) }
    }
    for name in integerNames where name.hasPrefix(prefix) {
      if let tensor = integers[name] { _ = result.insert(tensor, as: String(name.dropFirst(prefix.count))) }
    }
    return result
  }

  /// The state dictionary of the network, without what training scripts wrap around it.
  ///
  /// Takes the section `state_dict.` or `model_state_dict.` where there is one, then drops `module.` (from PyTorch's
  /// `DataParallel`) where every name begins with it.
  package func stateDictionary() -> NamedTensors {
    let wrappers = ["state_dict.", "model_state_dict."]
    let inner = wrappers.first { wrapper in names.contains { $0.hasPrefix(wrapper) } }.map(section) ?? self
    let isParallel = !inner.names.isEmpty && (inner.names + inner.integerNames).allSatisfy { $0.hasPrefix("module.") }
    return isParallel ? inner.section("module.") : inner
  }

  private func isFree(_ name: String) -> Bool { floats[name] == nil && integers[name] == nil }
}
