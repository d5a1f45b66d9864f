#include "jpeg_errors.h"

#include <string.h>

typedef struct encoder {
  struct jpeg_compress_struct cinfo;
  struct jpeg_destination_mgr destination;
  fic_jpeg_errors errors;
} encoder;

static void destination_nothing(j_compress_ptr cinfo) { (void)cinfo; }

static boolean destination_full(j_compress_ptr cinfo) {
  fic_jpeg_fail((fic_jpeg_errors *)cinfo->err, FIC_BUFFER_FULL, "the output does not fit");
  return FALSE;
}

fic_status fic_jpeg_encode(
  const uint8_t *rgb, uint32_t width, uint32_t height, int32_t quality, int32_t full_chroma, uint8_t *out,
  size_t capacity, size_t *written, fic_message *message) {
  encoder self;
  memset(&self, 0, sizeof self);
  self.cinfo.err = fic_jpeg_errors_init(&self.errors, message);
  if (setjmp(self.errors.jump)) {
    jpeg_destroy_compress(&self.cinfo);
    return self.errors.status;
  }
  j_compress_ptr cinfo = &self.cinfo;
  jpeg_create_compress(cinfo);
  if (capacity == 0) {
    fic_jpeg_fail(&self.errors, FIC_BUFFER_FULL, "the output does not fit");
  }
  self.destination.init_destination = destination_nothing;
  self.destination.empty_output_buffer = destination_full;
  self.destination.term_destination = destination_nothing;
  self.destination.next_output_byte = out;
  self.destination.free_in_buffer = capacity;
  cinfo->dest = &self.destination;
  cinfo->image_width = width;
  cinfo->image_height = height;
  cinfo->input_components = 3;
  cinfo->in_color_space = JCS_RGB;
  jpeg_set_defaults(cinfo);
  jpeg_set_quality(cinfo, quality, TRUE);
  if (full_chroma) {
    cinfo->comp_info[0].h_samp_factor = 1;
    cinfo->comp_info[0].v_samp_factor = 1;
  }
  jpeg_start_compress(cinfo, TRUE);
  while (cinfo->next_scanline < height) {
    // libjpeg's type is not const; it only reads.
    JSAMPROW rows[1] = {(JSAMPROW)(uintptr_t)(rgb + (size_t)width * 3 * cinfo->next_scanline)};
    jpeg_write_scanlines(cinfo, rows, 1);
  }
  jpeg_finish_compress(cinfo);
  *written = capacity - self.destination.free_in_buffer;
  jpeg_destroy_compress(cinfo);
  return FIC_OK;
}
