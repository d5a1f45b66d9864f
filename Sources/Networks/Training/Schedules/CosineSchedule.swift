internal import Glibc

/// Rises in a line over ``warmUp`` steps, then falls along half a cosine to ``floor`` at ``total`` steps.
///
/// Reference: Loshchilov and Hutter 2017, PyTorch `CosineAnnealingLR`, after Goyal et al. 2017 for the warm-up.
package struct CosineSchedule: LearningRateSchedule, Hashable {
  package var total: Int
  package var warmUp: Int
  /// The share of the first learning rate that remains at the end.
  package var floor: Double

  package init(total: Int, warmUp: Int = 0, floor: Double = 0) {
    self.total = total
    self.warmUp = warmUp
    self.floor = floor
  }

  package func factor(at step: Int) -> Double {
    if step < warmUp { return Double(max(step, 0) + 1) / Double(warmUp) }
    let length = Double(max(total - warmUp, 1))
    let progress = min(Double(step - warmUp) / length, 1)
    return floor + (1 - floor) * (1 + cos(.pi * progress)) / 2
  }
}
