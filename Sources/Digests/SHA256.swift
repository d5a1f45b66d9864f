internal import CCrypto

/// SHA-256 (FIPS 180-4) by OpenSSL's libcrypto: names weight files, images, requests and media. One thread at a time.
package final class SHA256 {
  private let context: OpaquePointer

  /// The digest of nothing so far.
  package init() {
    // Fails only when a hundred bytes cannot be allocated; a wrong digest would be worse than an end.
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("[SHA256] no memory for a digest")
    }
    self.context = context
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  /// The 32 bytes of the digest of `bytes`.
  package static func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }

  /// 64 hexadecimal digits of the digest of `bytes`.
  package static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    let hash = SHA256()
    hash.update(bytes)
    return hash.finishHexadecimal()
  }

  /// Takes more bytes.
  package func update(_ bytes: some Collection<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
    if done == nil { Array(bytes).withUnsafeBytes { update($0) } }
  }

  /// Takes more bytes.
  package func update(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// The 32 bytes of the digest. The object must not be used afterwards.
  package func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(context, &digest, nil)
    return digest
  }

  /// 64 hexadecimal digits of the digest. The object must not be used afterwards.
  package func finishHexadecimal() -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: finish().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
