extension OperatorTable {
  /// Convolutions, pooling, normalization of images.
  static let convolutions: [any OperatorImport.Type] = [
    AveragePoolImport.self,
    BatchNormalizationImport.self,
    ConvImport.self,
    ConvTransposeImport.self,
    DepthToSpaceImport.self,
    GlobalAveragePoolImport.self,
    GlobalMaxPoolImport.self,
    InstanceNormalizationImport.self,
    LRNImport.self,
    MaxPoolImport.self,
    SpaceToDepthImport.self,
  ]
}
