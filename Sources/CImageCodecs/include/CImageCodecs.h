#ifndef FIC_H
#define FIC_H

#include <stddef.h>
#include <stdint.h>

// JPEG and PNG through libjpeg-turbo and libpng.
//
// Every function is stateless: it takes pointers and counts, frees whatever it allocated before it returns, catches the
// libraries' error jumps inside, and reports a status plus a sentence in `message` (always terminated, never NULL).
// Pixels are 8-bit RGB, interleaved, rows without padding.

#define FIC_SWIFT_NAME(name) __attribute__((swift_name(name)))

/// Why a call ended.
typedef enum __attribute__((enum_extensibility(closed))) fic_status {
  FIC_OK FIC_SWIFT_NAME("ok") = 0,
  /// The bytes break the format.
  FIC_DAMAGED FIC_SWIFT_NAME("damaged") = 1,
  /// The bytes end before the picture does.
  FIC_TRUNCATED FIC_SWIFT_NAME("truncated") = 2,
  /// Valid, but a variant that is not decoded (12-bit, lossless, two components...).
  FIC_UNSUPPORTED FIC_SWIFT_NAME("unsupported") = 3,
  /// Needs more memory or more scans than the caller allows.
  FIC_TOO_LARGE FIC_SWIFT_NAME("tooLarge") = 4,
  /// The system has no memory left.
  FIC_OUT_OF_MEMORY FIC_SWIFT_NAME("outOfMemory") = 5,
  /// `capacity` was too small; call again with more.
  FIC_BUFFER_FULL FIC_SWIFT_NAME("bufferFull") = 6,
} fic_status;

/// Where a sentence about a failure goes.
typedef struct fic_message {
  char text[256];
} fic_message;

/// What a JPEG header says. `width` and `height` as stored, before any EXIF orientation.
typedef struct fic_jpeg_info {
  uint32_t width;
  uint32_t height;
  int32_t components;
} fic_jpeg_info;

/// How to decode a JPEG.
typedef struct fic_jpeg_request {
  /// 1, 2, 4 or 8: the picture is decoded at that fraction of its size by shrinking the DCT.
  int32_t denominator;
  /// The size the caller has made room for: the header's size divided by `denominator`, rounded up.
  uint32_t width;
  uint32_t height;
  /// How many bytes libjpeg may hold, chiefly the coefficients of progressive files.
  size_t max_memory;
  /// How many scans a progressive file may have.
  int32_t max_scans;
} fic_jpeg_request;

/// Reads a JPEG's header without decoding pixels.
fic_status fic_jpeg_header(const uint8_t *bytes, size_t count, fic_jpeg_info *info, fic_message *message);

/// Decodes a JPEG into `rgb`, which has room for `request->width * request->height * 3` bytes.
fic_status fic_jpeg_decode(
  const uint8_t *bytes, size_t count, const fic_jpeg_request *request, uint8_t *rgb, fic_message *message);

/// Encodes `rgb` as a baseline JPEG into `out`; `*written` is the length used.
///
/// `full_chroma` other than 0 keeps colour at full resolution (4:4:4), else it is halved both ways (4:2:0).
fic_status fic_jpeg_encode(
  const uint8_t *rgb, uint32_t width, uint32_t height, int32_t quality, int32_t full_chroma, uint8_t *out,
  size_t capacity, size_t *written, fic_message *message);

/// Decodes a PNG of exactly `width` x `height` into `rgb`, alpha blended over white, 16 bits rounded to 8, no gamma.
fic_status fic_png_decode(
  const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *rgb, fic_message *message);

/// Encodes `rgb` as a 24-bit PNG into `out`; `*written` is the length used.
fic_status fic_png_encode(
  const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t *out, size_t capacity, size_t *written,
  fic_message *message);

#endif
