/// Reads what `torch.save` writes: the zip format (PyTorch 1.6 and later) and the format before it.
///
/// Only dictionaries of tensors are read, nested ones too: `{"state_dict": {"conv.weight": t}}` gives
/// `state_dict.conv.weight`. Entries that are not tensors (an epoch, a list of classes) are passed over. A pickled
/// module, or anything else that names a class outside ``PickleClass``, is refused. Reference:
/// `torch/serialization.py`.
package enum TorchCheckpoint {
  /// The tensors of a checkpoint, in the order of its dictionaries.
  ///
  /// Throws: ``WeightFileError``, for any bytes that are not a sound checkpoint.
  package static func read(_ bytes: [UInt8]) throws(WeightFileError) -> NamedTensors {
    ZipArchive.isZip(bytes) ? try readZip(bytes) : try readLegacy(bytes)
  }

  // MARK: Zip

  private static func readZip(_ bytes: [UInt8]) throws(WeightFileError) -> NamedTensors {
    let archive = try ZipArchive(bytes)
    let suffix = "/data.pkl"
    let pickles = archive.entries.keys.filter { $0.hasSuffix(suffix) }
    guard pickles.count == 1, let pickle = pickles.first, let part = archive.entries[pickle],
      var reader = ByteReader(bytes, part: part)
    else {
      throw WeightFileError(.badStructure, "The zip file is not a PyTorch checkpoint: it has no single data.pkl.")
    }
    let folder = pickle.dropLast(suffix.count)
    if let order = archive.entries[folder + "/byteorder"], !bytes[order].elementsEqual("little".utf8) {
      throw WeightFileError(.unsupported, "The checkpoint was written with big-endian numbers.")
    }
    var arena = PickleArena()
    let root = try PickleMachine.read(&reader, &arena)
    return try TorchFlattening.flatten(root, arena, bytes) { storage throws(WeightFileError) in
      guard let part = archive.entries[folder + "/data/" + storage.key] else {
        throw WeightFileError(.badStructure, "The checkpoint lacks the storage \(quoted(storage.key)).")
      }
      return part
    }
  }

  // MARK: Legacy

  /// The first pickle of a legacy file, 0x1950a86a20f9469cfc6c.
  private static let legacyMagic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
  private static let legacyProtocol: Int64 = 1001

  /// Four pickles (magic number, protocol, system, contents), the list of storage keys, then each storage.
  private static func readLegacy(_ bytes: [UInt8]) throws(WeightFileError) -> NamedTensors {
    var reader = ByteReader(bytes)
    var preamble = PickleArena()
    // PROTO 2, LONG1 of 10 bytes, the number: checked before any pickle is run.
    guard reader.peek(4 + legacyMagic.count).elementsEqual([0x80, 0x02, 0x8a, 0x0a] + legacyMagic) else {
      throw WeightFileError(.badMagic, "The file is neither a zip nor a legacy PyTorch checkpoint.")
    }
    _ = try PickleMachine.read(&reader, &preamble)
    guard case .integer(legacyProtocol) = try PickleMachine.read(&reader, &preamble) else {
      throw WeightFileError(.unsupported, "The checkpoint's protocol is not \(legacyProtocol).")
    }
    guard case .dictionary(let place) = try PickleMachine.read(&reader, &preamble),
      case .bool(true) = preamble.dictionaries[place]["little_endian"]
    else {
      throw WeightFileError(.unsupported, "The checkpoint does not state little-endian numbers.")
    }
    var arena = PickleArena()
    let root = try PickleMachine.read(&reader, &arena)
    let storages = try legacyStorages(&reader, arena)
    return try TorchFlattening.flatten(root, arena, bytes) { storage throws(WeightFileError) in
      guard let part = storages[storage.key] else {
        throw WeightFileError(.badStructure, "The checkpoint lacks the storage \(quoted(storage.key)).")
      }
      return part
    }
  }

  /// Where each storage lies: for every key of the list an element count (8 bytes), then the elements.
  private static func legacyStorages(
    _ reader: inout ByteReader, _ arena: PickleArena
  ) throws(WeightFileError) -> [String: Range<Int>] {
    var sizes: [String: Int] = [:]
    for storage in arena.storages {
      guard sizes.updateValue(storage.type.size, forKey: storage.key) ?? storage.type.size == storage.type.size else {
        throw WeightFileError(.badStructure, "Storage \(quoted(storage.key)) is used with two element sizes.")
      }
    }
    var list = PickleArena()
    let root = try PickleMachine.read(&reader, &list)
    guard let keys = list.elements(root) else {
      throw WeightFileError(.badStructure, "The checkpoint's list of storages is not a list.")
    }
    var parts: [String: Range<Int>] = [:]
    for key in keys {
      guard case .text(let key) = key, let size = sizes[key], parts[key] == nil else {
        throw WeightFileError(.badStructure, "The checkpoint lists a storage twice or one that no tensor uses.")
      }
      let count = try reader.size64()
      let (length, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw WeightFileError(.tooLarge, "Storage \(quoted(key)) of \(count) elements is out of range.")
      }
      parts[key] = try reader.range(length)
    }
    return parts
  }
}
