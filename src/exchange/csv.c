#include "exchange/csv.h"

#include "base/checked.h"
#include "exchange/exchange_text.h"
#include "exchange/input_file.h"

#include <stdlib.h>
#include <string.h>

enum { most_resumed = 100 };

static int at_line_end(kin_exchange__csv *csv, int c)
{
    if (c == '\r') {
        int next = getc(csv->file);
        if (next != '\n' && next != EOF)
            (void)ungetc(next, csv->file);
    }
    csv->next_line++;
    return '\n';
}

static void append(kin_exchange__csv *csv, int c)
{
    if (csv->text.size >= kin_exchange__most_record)
        csv->problem = "longer than 1 MiB: is a quote not closed?";
    else if (c == '\0')
        csv->problem = "a NUL character: is this a text file?";
    else
        kin_buffer_char(&csv->text, (char)c);
}

/* Behind the opening quote. Returns what ended the cell: the separator, '\n' or EOF. */
static int read_quoted(kin_exchange__csv *csv)
{
    while (!csv->problem) {
        int c = getc(csv->file);
        if (c == EOF) {
            csv->problem = "a quote is not closed";
            return EOF;
        }
        if (c == '"') {
            c = getc(csv->file);
            while (c == ' ')
                c = getc(csv->file);
            if (c == csv->separator || c == EOF)
                return c;
            if (c == '\r' || c == '\n')
                return at_line_end(csv, c);
            if (c != '"')
                csv->problem = "text behind a closing quote";
        } else if (c == '\n') {
            csv->next_line++;
            if (csv->resume < 0)
                csv->resume = ftello(csv->file);
        }
        append(csv, c);
    }
    return '\0';
}

static int read_plain(kin_exchange__csv *csv, int c)
{
    while (c != csv->separator && c != EOF && c != '\r' && c != '\n') {
        append(csv, c);
        if (csv->problem)
            return '\0';
        c = getc(csv->file);
    }
    return c == '\r' || c == '\n' ? at_line_end(csv, c) : c;
}

/* Returns the first character that is no blank. */
static int read_blanks(kin_exchange__csv *csv, int c)
{
    while (c == ' ' && !csv->problem) {
        append(csv, c);
        if (!csv->problem)
            c = getc(csv->file);
    }
    return c;
}

static bool begin_cell(kin_exchange__csv *csv)
{
    if (csv->count >= kin_exchange__most_cells) {
        csv->problem = "more than 4096 cells";
        return true;
    }
    if (!KIN_GROW(&csv->starts, &csv->start_capacity, csv->count + 1))
        return false;
    csv->starts[csv->count++] = csv->text.size;
    return true;
}

/* Reads on behind the malformed record's first line. */
static int recover(kin_exchange__csv *csv, kin_error *err)
{
    csv->count = 0;
    if (csv->resume < 0) {
        int c;
        do
            c = getc(csv->file);
        while (c != '\n' && c != '\r' && c != EOF);
        if (c != EOF)
            (void)at_line_end(csv, c);
        return KIN_OK;
    }
    if (++csv->resumed > most_resumed)
        return kin_fail(err, KIN_E_FORMAT, "%s: line %llu: too many quotes are not closed; is this a CSV file?",
                        csv->path, (unsigned long long)csv->line);
    csv->next_line = csv->line + 1;
    return fseeko(csv->file, csv->resume, SEEK_SET) == 0 ? KIN_OK : kin_fail_errno(err, "read", csv->path);
}

static int point_to_cells(kin_exchange__csv *csv, kin_error *err)
{
    if (csv->text.failed || !KIN_GROW(&csv->cells, &csv->cell_capacity, csv->count))
        return kin_fail_memory(err);
    csv->blank = true;
    for (size_t i = 0; i < csv->count; i++) {
        csv->cells[i] = csv->text.data + csv->starts[i];
        csv->blank &= csv->cells[i][0] == '\0';
    }
    return KIN_OK;
}

static int read_record(kin_exchange__csv *csv, int c, kin_error *err)
{
    int end;
    csv->line = csv->next_line;
    csv->count = 0;
    csv->resume = -1;
    csv->problem = NULL;
    kin_buffer_reset(&csv->text);
    for (;; c = getc(csv->file)) {
        if (!begin_cell(csv))
            return kin_fail_memory(err);
        if (csv->problem) {
            (void)ungetc(c, csv->file);
            break;
        }
        size_t start = csv->text.size;
        c = read_blanks(csv, c);
        if (c == '"') /* blanks before a quote mean nothing, before a text they are part of it */
            csv->text.size = start;
        end = csv->problem ? '\0' : c == '"' ? read_quoted(csv) : read_plain(csv, c);
        kin_buffer_char(&csv->text, '\0');
        if (csv->problem || end != csv->separator)
            break;
    }
    if (ferror(csv->file))
        return kin_fail_errno(err, "read", csv->path);
    return csv->problem ? recover(csv, err) : point_to_cells(csv, err);
}

int kin_exchange__csv_next(kin_exchange__csv *csv, bool *more, kin_error *err)
{
    for (;;) {
        int c = getc(csv->file);
        if (c == EOF) {
            *more = false;
            return ferror(csv->file) ? kin_fail_errno(err, "read", csv->path) : KIN_OK;
        }
        int code = read_record(csv, c, err);
        if (code != KIN_OK)
            return code;
        if (csv->problem || !csv->blank) {
            *more = true;
            return KIN_OK;
        }
    }
}

/* The separator that the first line with text has most of, outside of quotes. */
static char most_common_separator(const char *text)
{
    static const char separators[] = { ',', ';', '\t' };
    size_t counts[3] = { 0 }, best = 0;
    bool quoted = false;
    text += strspn(text, "\r\n");
    for (; *text && (quoted || (*text != '\n' && *text != '\r')); text++) {
        quoted ^= *text == '"';
        for (size_t i = 0; i < 3; i++)
            counts[i] += !quoted && *text == separators[i];
    }
    for (size_t i = 1; i < 3; i++)
        if (counts[i] > counts[best])
            best = i;
    return separators[best];
}

int kin_exchange__csv_begin(kin_exchange__csv *csv, FILE *file, const char *path, kin_error *err)
{
    char head[8192];
    csv->file = file;
    csv->path = path;
    csv->next_line = 1;
    csv->resumed = 0;
    int code = kin_exchange__head(file, path, head, sizeof head, err);
    if (code != KIN_OK)
        return code;
    if (strncmp(head, "sep=", 4) != 0 || !head[4] || strchr("\r\n\"", head[4])) {
        csv->separator = most_common_separator(head);
        return KIN_OK;
    }
    bool more; /* Excel's own way of naming the separator: a line of its own */
    csv->separator = head[4];
    return kin_exchange__csv_next(csv, &more, err);
}

int kin_exchange__csv_open(kin_exchange__csv *csv, const char *path, kin_error *err)
{
    FILE *file;
    *csv = (kin_exchange__csv)KIN_EXCHANGE__CSV_INIT;
    int code = kin_exchange__open(path, &file, err);
    return code == KIN_OK ? kin_exchange__csv_begin(csv, file, path, err) : code;
}

void kin_exchange__csv_close(kin_exchange__csv *csv)
{
    if (csv->file)
        (void)fclose(csv->file);
    kin_buffer_clear(&csv->text);
    free(csv->cells);
    free(csv->starts);
    *csv = (kin_exchange__csv)KIN_EXCHANGE__CSV_INIT;
}

static bool same_name(const char *a, const char *b)
{
    for (;; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a, y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;
        x = x == '-' || x == ' ' ? '_' : x;
        y = y == '-' || y == ' ' ? '_' : y;
        if (x != y || !x)
            return x == y;
    }
}

int kin_exchange__csv_column(const kin_exchange__csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->count; i++)
        if (same_name(csv->cells[i], name))
            return (int)i;
    return -1;
}

int kin_exchange__csv_header(kin_exchange__csv *csv, kin_error *err)
{
    for (size_t i = 0; i < csv->count; i++) {
        csv->cells[i] = kin_exchange__trim(csv->cells[i]);
        if (csv->cells[i][0] && kin_exchange__csv_column(csv, csv->cells[i]) != (int)i) {
            kin_exchange__tidy(csv->cells[i]);
            return kin_fail(err, KIN_E_FORMAT, "%s: line %llu: the column \"%.60s\" is there twice; rename one",
                            csv->path, (unsigned long long)csv->line, csv->cells[i]);
        }
    }
    return KIN_OK;
}

bool kin_exchange__csv_number(const kin_exchange__csv *csv, const char *cell, double *value)
{
    char copy[64];
    size_t length = strlen(cell);
    if (csv->separator == ',' || length >= sizeof copy)
        return kin_exchange__parse_number(cell, value);
    memcpy(copy, cell, length + 1);
    char *comma = strchr(copy, ',');
    if (comma && !strchr(copy, '.'))
        *comma = '.';
    return kin_exchange__parse_number(copy, value);
}

void kin_exchange__csv_cell(kin_buffer *out, const char *text)
{
    size_t length = strlen(text);
    bool plain = !strpbrk(text, ",;\t\"\r\n") && (!length || (text[0] != ' ' && text[length - 1] != ' '));
    if (plain) {
        kin_buffer_append(out, text, length);
        return;
    }
    kin_buffer_char(out, '"');
    for (const char *part = text; *part;) {
        size_t n = strcspn(part, "\"");
        kin_buffer_append(out, part, n);
        part += n;
        if (*part) {
            kin_buffer_string(out, "\"\"");
            part++;
        }
    }
    kin_buffer_char(out, '"');
}
