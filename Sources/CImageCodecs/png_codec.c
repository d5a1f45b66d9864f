#include "CImageCodecs.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

// A cursor over the caller's bytes, in either direction, and how the call ended.
typedef struct stream {
  const uint8_t *input;
  uint8_t *output;
  size_t position;
  size_t count;
  fic_status status;
  fic_message *message;
} stream;

// Ancillary chunks that say nothing about the pixels; libpng discards them unread, so no text or profile can inflate.
static const png_byte ignored_chunks[] =
  "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0tEXt\0tIME\0zTXt";

static void on_error(png_structp png, png_const_charp text) {
  stream *self = (stream *)png_get_error_ptr(png);
  if (self->status == FIC_OK) {
    self->status = FIC_DAMAGED;
  }
  snprintf(self->message->text, sizeof self->message->text, "%s", text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void on_read(png_structp png, png_bytep bytes, size_t count) {
  stream *self = (stream *)png_get_io_ptr(png);
  if (count > self->count - self->position) {
    self->status = FIC_TRUNCATED;
    png_error(png, "the data ends inside a chunk");
  }
  memcpy(bytes, self->input + self->position, count);
  self->position += count;
}

static void on_write(png_structp png, png_bytep bytes, size_t count) {
  stream *self = (stream *)png_get_io_ptr(png);
  if (count > self->count - self->position) {
    self->status = FIC_BUFFER_FULL;
    png_error(png, "the output does not fit");
  }
  memcpy(self->output + self->position, bytes, count);
  self->position += count;
}

static void on_flush(png_structp png) { (void)png; }

// Asks for 8-bit RGB over white whatever the file holds. Blending happens at the file's own depth, before 16 bits are
// rounded to 8.
static void request_rgb(png_structp png, png_infop info) {
  const int type = png_get_color_type(png, info);
  if ((type & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS)) {
    // In 8 bits even for 16-bit files: with png_set_scale_16 libpng multiplies the colour by 257 itself.
    const png_color_16 white = {.index = 0, .red = 255, .green = 255, .blue = 255, .gray = 255};
    png_set_background(png, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
  }
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
}

static void decode(png_structp png, png_infop info, uint32_t width, uint32_t height, uint8_t *rgb) {
  const size_t stride = (size_t)width * 3;
  png_set_user_limits(png, width, height);
  png_set_chunk_cache_max(png, 64);
  png_set_chunk_malloc_max(png, 4 << 20);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, ignored_chunks, (int)(sizeof ignored_chunks / 5));
  png_read_info(png, info);
  if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) {
    png_error(png, "the size changed between two readings of the header");
  }
  request_rgb(png, info);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != stride) {
    png_error(png, "the rows do not have three bytes a pixel");
  }
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t y = 0; y < height; y++) {
      png_read_row(png, rgb + stride * y, NULL);
    }
  }
  // Reads on to the end marker, so that the last checksum is verified too.
  png_read_end(png, NULL);
}

fic_status fic_png_decode(
  const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *rgb, fic_message *message) {
  stream self = {.input = bytes, .count = count, .status = FIC_OK, .message = message};
  message->text[0] = 0;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &self, on_error, on_warning);
  if (png == NULL) {
    return FIC_OUT_OF_MEMORY;
  }
  png_infop info = png_create_info_struct(png);
  if (info == NULL) {
    png_destroy_read_struct(&png, NULL, NULL);
    return FIC_OUT_OF_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return self.status;
  }
  png_set_read_fn(png, &self, on_read);
  decode(png, info, width, height, rgb);
  png_destroy_read_struct(&png, &info, NULL);
  return FIC_OK;
}

fic_status fic_png_encode(
  const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t *out, size_t capacity, size_t *written,
  fic_message *message) {
  stream self = {.output = out, .count = capacity, .status = FIC_OK, .message = message};
  message->text[0] = 0;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &self, on_error, on_warning);
  if (png == NULL) {
    return FIC_OUT_OF_MEMORY;
  }
  png_infop info = png_create_info_struct(png);
  if (info == NULL) {
    png_destroy_write_struct(&png, NULL);
    return FIC_OUT_OF_MEMORY;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return self.status;
  }
  png_set_write_fn(png, &self, on_write, on_flush);
  png_set_IHDR(
    png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
    PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, 4);
  png_write_info(png, info);
  for (uint32_t y = 0; y < height; y++) {
    png_write_row(png, rgb + (size_t)width * 3 * y);
  }
  png_write_end(png, info);
  *written = self.position;
  png_destroy_write_struct(&png, &info);
  return FIC_OK;
}
