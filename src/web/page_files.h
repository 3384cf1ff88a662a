#ifndef KIN_PAGE_FILES_H
#define KIN_PAGE_FILES_H
/* The files of page/ as they were built into the program; CMakeLists.txt makes the table. */

#include <stddef.h>

typedef struct kin_web_page_file {
    const char *name, *bytes;
    const size_t *size;
} kin_web_page_file;

extern const kin_web_page_file kin_web__page_files[]; /* ends with {0} */

#endif
