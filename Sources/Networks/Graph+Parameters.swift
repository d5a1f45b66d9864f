package import Tensors

extension Graph {
  /// The same network with other values for some of its named parameters.
  ///
  /// - Throws: `badGraph` for a name it does not have, `badShape` where the shape is not the parameter's.
  package func replacingParameters(_ values: [String: Tensor]) throws(GraphError) -> Graph {
    var result = self
    var found = 0
    for (value, name) in parameterNames {
      guard let tensor = values[name] else { continue }
      guard let old = parameters[value], old.shape == tensor.shape else {
        throw GraphError(.badShape, "The parameter \(name) has not the shape \(tensor.shape).")
      }
      result.parameters[value] = tensor
      found += 1
    }
    guard found >= values.count else {
      let known = Set(parameterNames.values)
      let missing = values.keys.filter { !known.contains($0) }.sorted().prefix(3).joined(separator: ", ")
      throw GraphError(.badGraph, "The network has no parameter \(missing).")
    }
    return result
  }
}

extension Graph {
  /// The same network with a name of its own for each parameter: of those that share one, the second is `name#2`, and so
  /// on in the order in which they were made. Constants of an imported file may be called alike.
  package func namingParametersApart() -> Graph {
    var result = self
    var taken = Set<String>()
    for (value, name) in parameterNames.sorted(by: { $0.key.index < $1.key.index }) {
      var (unique, count) = (name, 1)
      while !taken.insert(unique).inserted {
        count += 1
        unique = "\(name)#\(count)"
      }
      result.parameterNames[value] = unique
    }
    return result
  }
}
