extension OperatorTable {
  /// What moves values without computing with them: reshape, slice, pad, resize and their like.
  static let layout: [any OperatorImport.Type] = []
}
