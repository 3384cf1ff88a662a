#ifndef KIN_INPUT_FILE_H
#define KIN_INPUT_FILE_H

#include "kin/status.h"

#include <stdio.h>

/* Opens a file for reading from its start, as often as wanted: what cannot be rewound (a pipe) is copied to a nameless
 * temporary file first. A UTF-8 byte order mark is passed over; UTF-16, as some spreadsheets save, is KIN_E_FORMAT. */
int kin_exchange__open(const char *path, FILE **file, kin_error *err);

/* The same for what is no text or has an encoding of its own: nothing is passed over or refused. */
int kin_exchange__open_bytes(const char *path, FILE **file, kin_error *err);

/* Back to the start, behind the byte order mark. */
int kin_exchange__rewind(FILE *file, const char *path, kin_error *err);

/* The first up to size-1 bytes behind the byte order mark, NUL-terminated; the file is at its start again then. */
int kin_exchange__head(FILE *file, const char *path, char *text, size_t size, kin_error *err);

#endif
