#ifndef KIN_CSV_H
#define KIN_CSV_H
/* RFC 4180 text in UTF-8, as spreadsheets and scripts write it: comma, semicolon or tab, told by the first line (or a
 * line "sep=;" before it); any line end; quoted cells with line ends inside; a byte order mark. Streamed. */

#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>

enum { kin_exchange__most_record = 1024 * 1024, kin_exchange__most_cells = 4096 };

typedef struct kin_exchange__csv {
    FILE *file;
    const char *path;
    char separator;
    char **cells; /* of the present record; the caller may change them; until the next record */
    size_t count;
    const char *problem; /* not NULL: the record is malformed, this is why; count is 0 then */
    uint64_t line;       /* where it begins; 1 is the file's first */
    uint64_t next_line;
    kin_buffer text;
    size_t *starts; /* of the cells in text */
    size_t cell_capacity, start_capacity;
    off_t resume; /* behind the record's first line, where the record goes on after that; else -1 */
    unsigned resumed;
    bool blank; /* nothing but empty cells */
} kin_exchange__csv;

#define KIN_EXCHANGE__CSV_INIT                                                                                         \
    {                                                                                                                  \
        .file = NULL                                                                                                   \
    }

/* Begins at the start of an open file, which is the reader's from then on; a reader may begin again, with its own file.
 * Close it also where this failed. */
int kin_exchange__csv_begin(kin_exchange__csv *csv, FILE *file, const char *path, kin_error *err);

/* Opens the file and begins: KIN_E_NOTFOUND, KIN_E_IO, or KIN_E_FORMAT for UTF-16. Close it also where this failed. */
int kin_exchange__csv_open(kin_exchange__csv *csv, const char *path, kin_error *err);

/* Closes the file too. */
void kin_exchange__csv_close(kin_exchange__csv *csv);

/* The next record that has any text in it; *more is false at the end. After a malformed record reading goes on with
 * its second line, at most 100 times in a file (KIN_E_FORMAT then). */
int kin_exchange__csv_next(kin_exchange__csv *csv, bool *more, kin_error *err);

/* The record is a header: trims its cells. KIN_E_FORMAT where a name comes twice, whatever its case. */
int kin_exchange__csv_header(kin_exchange__csv *csv, kin_error *err);

/* The column of the present record whose name is that, whatever its case, with '-' and ' ' as good as '_'; -1: none. */
int kin_exchange__csv_column(const kin_exchange__csv *csv, const char *name);

/* The column of a header that names the image; -1: none. */
int kin_exchange__csv_path_column(const kin_exchange__csv *csv);

/* parse_number that takes 0,5 for 0.5 where the comma is not the separator. */
bool kin_exchange__csv_number(const kin_exchange__csv *csv, const char *cell, double *value);

/* Appends a cell, quoted where it must be. A formula ("=1+1") goes out as it is: a changed text could not come back
 * unchanged, and a spreadsheet shows who wrote it. */
void kin_exchange__csv_cell(kin_buffer *out, const char *text);

#endif
