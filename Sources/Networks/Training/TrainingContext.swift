package import Tensors

/// What one operation gets beside its inputs when it runs on the tape.
package struct TrainingContext {
  /// Threads for loops.
  package var pool: WorkPool
  /// Where large results should take their memory from.
  package var memory: TensorMemory?
  package var instructionSet: InstructionSet
  /// For each input whether the gradient by it is wanted. Nothing need be kept for one that is not.
  package var needs: [Bool]
  /// Whether batch norm takes the statistics of the batch (and updates the running ones) or the running ones.
  package var usesBatchStatistics: Bool
  /// Whether dropout drops.
  package var dropsOut: Bool
  /// For random choices: differs from node to node and from step to step, and is the same in every equal run.
  package var seed: UInt64
  /// Kept for this node from step to step.
  package let state: NodeState

  package init(
    needs: [Bool], pool: WorkPool = .serial, memory: TensorMemory? = nil, instructionSet: InstructionSet = .current,
    usesBatchStatistics: Bool = true, dropsOut: Bool = true, seed: UInt64 = 0, state: NodeState = NodeState()
  ) {
    self.pool = pool
    self.memory = memory
    self.instructionSet = instructionSet
    self.needs = needs
    self.usesBatchStatistics = usesBatchStatistics
    self.dropsOut = dropsOut
    self.seed = seed
    self.state = state
  }

  /// Whether any gradient is wanted.
  package var needsAny: Bool { needs.contains(true) }

  /// Whether the gradient by the input at `index` is wanted.
  package func needs(_ index: Int) -> Bool { index < needs.count && needs[index] }
}

/// A place for what an operation wants to keep from step to step: packed weights that are frozen, scratch memory.
package final class NodeState {
  package var kept: Any?

  package init() {}
}
