/* An image without files, for tests of what stands above the file system. */
#include "sealed/image_files.h"

const struct sealed_image_file sealed_image_files[1];
const size_t sealed_image_file_count = 0;
