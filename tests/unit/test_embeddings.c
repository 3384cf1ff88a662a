/* Vectors of the user's own: .npy and .fvecs, byte by byte, and the table of their rows. */
#include "exchange_fixture.h"

#include "kin/embeddings.h"

#include <math.h>

#define DICTIONARY "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"

/* What numpy.save writes: the text padded with blanks to whole 64 bytes, a line end last. */
static void append_header(kin_buffer *out, int version, const char *dictionary)
{
    size_t start = version == 1 ? 10 : 12;
    size_t total = (start + strlen(dictionary) + 1 + 63) / 64 * 64, length = total - start;
    kin_buffer_append(out, "\x93NUMPY", 6);
    kin_buffer_char(out, (char)version);
    kin_buffer_char(out, 0);
    for (size_t i = 0; i < start - 8; i++)
        kin_buffer_char(out, (char)(length >> 8 * i & 0xff));
    kin_buffer_string(out, dictionary);
    for (size_t n = start + strlen(dictionary); n + 1 < total; n++)
        kin_buffer_char(out, ' ');
    kin_buffer_char(out, '\n');
}

static void append_float(kin_buffer *out, float value)
{
    kin_buffer_append(out, &value, sizeof value); /* the tests run on little-endian machines */
}

static void append_int(kin_buffer *out, int32_t value)
{
    kin_buffer_append(out, &value, sizeof value);
}

static int open_bytes(fixture *f, const char *name, kin_buffer *bytes, kin_embeddings **out)
{
    assert_false(bytes->failed);
    put_bytes(f, name, bytes->size ? bytes->data : "", bytes->size);
    kin_buffer_clear(bytes);
    f->err = (kin_error)KIN_ERROR_INIT;
    *out = NULL;
    return kin_embeddings_open(in_folder(f, name), out, &f->err);
}

static void assert_row(const kin_embeddings *e, uint64_t row, const double *wanted)
{
    float vector[3];
    kin_error err = KIN_ERROR_INIT;
    double length = sqrt(wanted[0] * wanted[0] + wanted[1] * wanted[1] + wanted[2] * wanted[2]);
    assert_int_equal(kin_embeddings_row(e, row, vector, &err), KIN_OK);
    for (size_t i = 0; i < 3; i++)
        assert_float_equal(vector[i], (float)(wanted[i] / length), 1e-7);
}

static const double numbers[2][3] = { { 3, -4, 12 }, { 0.5, 0.25, -0.125 } };

/* ---- What can be read ---- */

static void every_type_and_version(void **state)
{
    static const uint16_t halves[] = { 0x4200, 0xc400, 0x4a00, 0x3800, 0x3400, 0xb000 };
    fixture *f = *state;
    for (int version = 1; version <= 3; version++)
        for (int component = 2; component <= 8; component *= 2) {
            kin_buffer bytes = KIN_BUFFER_INIT;
            kin_embeddings *e;
            char text[128];
            (void)snprintf(text, sizeof text, "{'descr': '<f%d', 'fortran_order': False, 'shape': (2, 3), }",
                           component);
            append_header(&bytes, version, text);
            for (size_t i = 0; i < 6; i++) {
                double value = numbers[i / 3][i % 3];
                if (component == 2)
                    kin_buffer_append(&bytes, &halves[i], 2);
                else if (component == 4)
                    append_float(&bytes, (float)value);
                else
                    kin_buffer_append(&bytes, &value, 8);
            }
            assert_int_equal(open_bytes(f, "x.npy", &bytes, &e), KIN_OK);
            assert_int_equal(kin_embeddings_rows(e), 2);
            assert_int_equal(kin_embeddings_dim(e), 3);
            assert_row(e, 0, numbers[0]);
            assert_row(e, 1, numbers[1]);
            kin_embeddings_close(e);
        }
}

static void every_spelling_of_a_header(void **state)
{
    static const char *const spellings[] = {
        DICTIONARY,
        "{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}",
        "{\"descr\":\"<f4\",\"fortran_order\":False,\"shape\":(2,3,)}",
        " { 'descr' : '<f4' ,\n'fortran_order' : False , 'shape' : ( 2L , 3L ) , } ",
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        kin_buffer bytes = KIN_BUFFER_INIT;
        kin_embeddings *e;
        append_header(&bytes, 1, spellings[i]);
        for (size_t k = 0; k < 6; k++)
            append_float(&bytes, (float)numbers[k / 3][k % 3]);
        assert_int_equal(open_bytes(f, "x.npy", &bytes, &e), KIN_OK);
        assert_row(e, 1, numbers[1]);
        kin_embeddings_close(e);
    }
}

static void fvecs(void **state)
{
    fixture *f = *state;
    kin_buffer bytes = KIN_BUFFER_INIT;
    kin_embeddings *e;
    uint64_t hash;
    for (size_t row = 0; row < 2; row++) {
        append_int(&bytes, 3);
        for (size_t i = 0; i < 3; i++)
            append_float(&bytes, (float)numbers[row][i]);
    }
    assert_int_equal(open_bytes(f, "x.FVECS", &bytes, &e), KIN_OK);
    assert_int_equal(kin_embeddings_rows(e), 2);
    assert_row(e, 0, numbers[0]);
    assert_row(e, 1, numbers[1]);
    assert_int_equal(kin_embeddings_hash(e, NULL, &hash, &f->err), KIN_OK);
    kin_embeddings_close(e);
}

/* Of a number's size nothing but its direction stays: 1e300 squared overflows, 1e-300 squared is 0. */
static void rows_of_any_length(void **state)
{
    static const double scales[] = { 1e300, 1e-300, 5e-324, 1 };
    fixture *f = *state;
    kin_buffer bytes = KIN_BUFFER_INIT;
    kin_embeddings *e;
    append_header(&bytes, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 3), }");
    for (size_t row = 0; row < 4; row++)
        for (size_t i = 0; i < 3; i++) {
            double value = scales[row] * (row == 2 ? (double)(i == 1) : numbers[0][i]);
            kin_buffer_append(&bytes, &value, 8);
        }
    assert_int_equal(open_bytes(f, "x.npy", &bytes, &e), KIN_OK);
    assert_row(e, 0, numbers[0]);
    assert_row(e, 1, numbers[0]);
    assert_row(e, 2, (double[]) { 0, 1, 0 });
    kin_embeddings_close(e);
}

/* All 65,536 halves against what the format says of them. */
static void every_half(void **state)
{
    fixture *f = *state;
    kin_buffer bytes = KIN_BUFFER_INIT;
    kin_embeddings *e;
    append_header(&bytes, 1, "{'descr': '<f2', 'fortran_order': False, 'shape': (65536, 3), }");
    for (uint32_t half = 0; half < 65536; half++) {
        uint16_t row[3] = { (uint16_t)half, 0x3c00, 0 };
        kin_buffer_append(&bytes, row, sizeof row);
    }
    assert_int_equal(open_bytes(f, "x.npy", &bytes, &e), KIN_OK);
    for (uint32_t half = 0; half < 65536; half++) {
        float vector[3];
        int exponent = half >> 10 & 31, fraction = half & 1023;
        double value = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
        int code = kin_embeddings_row(e, half, vector, &f->err);
        assert_int_equal(code, exponent == 31 ? KIN_E_FORMAT : KIN_OK);
        if (code == KIN_OK)
            assert_float_equal(vector[0], (float)((half >> 15 ? -value : value) / sqrt(value * value + 1)), 1e-7);
    }
    kin_embeddings_close(e);
}

static void one_row_or_column_has_no_order(void **state)
{
    fixture *f = *state;
    kin_buffer bytes = KIN_BUFFER_INIT;
    kin_embeddings *e;
    append_header(&bytes, 1, "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 3), }");
    for (size_t i = 0; i < 3; i++)
        append_float(&bytes, (float)numbers[0][i]);
    assert_int_equal(open_bytes(f, "x.npy", &bytes, &e), KIN_OK);
    assert_row(e, 0, numbers[0]);
    kin_embeddings_close(e);
}

/* ---- Rows that are no vectors ---- */

static void rows_without_a_direction(void **state)
{
    static const float rows[5][3] = {
        { 0, -0.0F, 0 }, { 1, NAN, 0 }, { 1, INFINITY, 0 }, { -INFINITY, 0, 0 }, { 0, 1e-45F, 0 }
    };
    static const char *const told[] = { "row 0 of x.npy is all zeros", "row 1 of x.npy has a component that is not",
                                        "row 2 of x.npy has", "row 3 of x.npy has" };
    fixture *f = *state;
    kin_buffer bytes = KIN_BUFFER_INIT;
    kin_embeddings *e;
    append_header(&bytes, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 3), }");
    for (size_t i = 0; i < 15; i++)
        append_float(&bytes, rows[i / 3][i % 3]);
    assert_int_equal(open_bytes(f, "x.npy", &bytes, &e), KIN_OK);
    for (size_t row = 0; row < 4; row++) {
        float vector[3] = { 7, 7, 7 };
        assert_int_equal(kin_embeddings_row(e, row, vector, &f->err), KIN_E_FORMAT);
        assert_non_null(strstr(f->err.message, told[row]));
        assert_float_equal(vector[0], 7, 0);
    }
    assert_row(e, 4, (double[]) { 0, 1, 0 });
    assert_int_equal(kin_embeddings_row(e, 5, (float[3]) { 0 }, &f->err), KIN_E_USAGE);
    kin_embeddings_close(e);
}

/* ---- Hostile files ---- */

typedef struct hostile_header {
    const char *dictionary, *told;
} hostile_header;

static const hostile_header hostile[] = {
    { "", "damaged" },
    { "{", "damaged" },
    { "{}", "a key is missing" },
    { "[]", "damaged" },
    { "{'descr': '<f4', 'fortran_order': False}", "a key is missing" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}", "a key that NumPy does not write" },
    { "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", "twice" },
    { "{'descr': '<f4' 'fortran_order': False, 'shape': (2, 3)}", "comma" },
    { "{,'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", "damaged" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x", "text behind it" },
    { "{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3)}", "fortran_order" },
    { "{'descr': '<f4, 'fortran_order': False, 'shape': (2, 3)}", "damaged" },
    { "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (2, 3)}", "damaged" },
    { "{'descr': 4, 'fortran_order': False, 'shape': (2, 3)}", "no type" },
    { "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}", "Fortran order" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (6)}", "tuple" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}", "1 axis" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': ()}", "0 axes" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3)}", "3 axes" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3)}", "whole numbers" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3.0)}", "whole numbers" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}", "whole numbers" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", "whole numbers" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3", "whole numbers" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 99999999999999999999)}", "whole numbers" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 3)}", "announced" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (6148914691236517206, 3)}", "announced" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387906, 3)}", "announced" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3)}", "announced" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3)}", "announced" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}", "announced" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0)}", "0 components" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 8193)}", "8193 components" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3)}", "announced" },
    { "{'descr': '|O', 'fortran_order': False, 'shape': (2, 3)}", "not plain numbers" },
    { "{'descr': '|V12', 'fortran_order': False, 'shape': (2, 3)}", "not plain numbers" },
    { "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3)}", "structured" },
    { "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3)}", "little-endian" },
    { "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3)}", "is of type <i4" },
    { "{'descr': '<f16', 'fortran_order': False, 'shape': (2, 3)}", "is of type <f16" },
    { "{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3)}", "is of type <c8" },
    { "{'descr': '\x1b[31m', 'fortran_order': False, 'shape': (2, 3)}", "is of type ?[31m" },
};

static void hostile_headers(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        kin_buffer bytes = KIN_BUFFER_INIT;
        kin_embeddings *e;
        append_header(&bytes, 1, hostile[i].dictionary);
        for (size_t k = 0; k < 6; k++)
            append_float(&bytes, (float)k);
        assert_int_equal(open_bytes(f, "x.npy", &bytes, &e), KIN_E_FORMAT);
        assert_null(e);
        if (!strstr(f->err.message, hostile[i].told))
            fail_msg("%s: %s", hostile[i].dictionary, f->err.message);
        assert_null(strchr(f->err.message, '\n'));
    }
}

/* Every beginning of a good file, and it with a byte more, is refused without a look past its end. */
static void cut_off_anywhere(void **state)
{
    fixture *f = *state;
    kin_buffer whole = KIN_BUFFER_INIT;
    append_header(&whole, 2, DICTIONARY);
    for (size_t k = 0; k < 6; k++)
        append_float(&whole, (float)k);
    for (size_t n = 0; n <= whole.size + 1; n++) {
        kin_buffer bytes = KIN_BUFFER_INIT;
        kin_embeddings *e;
        kin_buffer_append(&bytes, whole.data, n < whole.size ? n : whole.size);
        if (n > whole.size)
            kin_buffer_char(&bytes, 0);
        int code = open_bytes(f, "x.npy", &bytes, &e);
        assert_int_equal(code, n == whole.size ? KIN_OK : KIN_E_FORMAT);
        kin_embeddings_close(e);
    }
    kin_buffer_clear(&whole);
}

/* Every byte of the header turned into others: refused, or the same two rows of three. */
static void any_byte_changed(void **state)
{
    static const char changes[] = { 0, 1, ' ', '\'', '(', '9', 'L', '\x7f', '\xff' };
    fixture *f = *state;
    kin_buffer whole = KIN_BUFFER_INIT;
    append_header(&whole, 1, DICTIONARY);
    size_t header = whole.size;
    for (size_t k = 0; k < 6; k++)
        append_float(&whole, (float)k + 1);
    for (size_t i = 0; i < header; i++)
        for (size_t c = 0; c < sizeof changes; c++) {
            kin_buffer bytes = KIN_BUFFER_INIT;
            kin_embeddings *e;
            kin_buffer_append(&bytes, whole.data, whole.size);
            bytes.data[i] = changes[c];
            int code = open_bytes(f, "x.npy", &bytes, &e);
            assert_int_equal(code, code == KIN_OK ? KIN_OK : KIN_E_FORMAT);
            float vector[KIN_EMBEDDINGS_MOST_DIM];
            if (code == KIN_OK)
                assert_int_equal(kin_embeddings_row(e, kin_embeddings_rows(e) - 1, vector, &f->err), KIN_OK);
            kin_embeddings_close(e);
        }
    kin_buffer_clear(&whole);
}

static void a_length_that_is_not_there(void **state)
{
    static const unsigned char lengths[][4] = { { 0xff, 0xff, 0xff, 0xff }, { 0, 0, 0, 0x80 }, { 0, 0, 2, 0 } };
    fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        kin_buffer bytes = KIN_BUFFER_INIT;
        kin_embeddings *e;
        append_header(&bytes, 3, DICTIONARY);
        memcpy(bytes.data + 8, lengths[i], 4);
        assert_int_equal(open_bytes(f, "x.npy", &bytes, &e), KIN_E_FORMAT);
        assert_non_null(strstr(f->err.message, "64 KiB"));
    }
}

static void other_files(void **state)
{
    fixture *f = *state;
    kin_buffer bytes = KIN_BUFFER_INIT;
    kin_embeddings *e;
    kin_buffer_string(&bytes, "PK\003\004 and so on");
    assert_int_equal(open_bytes(f, "x.npz", &bytes, &e), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, ".npz"));
    assert_int_equal(open_bytes(f, "x.npy", &bytes, &e), KIN_E_FORMAT);
    assert_int_equal(kin_embeddings_open(f->folder, &e, &f->err), KIN_E_USAGE);
    assert_int_equal(kin_embeddings_open(in_folder(f, "none.npy"), &e, &f->err), KIN_E_NOTFOUND);
    append_header(&bytes, 4, DICTIONARY);
    assert_int_equal(open_bytes(f, "x.npy", &bytes, &e), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "version 4.0"));
}

static void hostile_fvecs(void **state)
{
    static const int32_t dims[] = { 0, -1, 8193, INT32_MAX, INT32_MIN };
    fixture *f = *state;
    kin_embeddings *e;
    kin_buffer bytes = KIN_BUFFER_INIT;
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) {
        append_int(&bytes, dims[i]);
        append_float(&bytes, 1);
        assert_int_equal(open_bytes(f, "x.fvecs", &bytes, &e), KIN_E_FORMAT);
        assert_non_null(strstr(f->err.message, "components"));
    }
    for (size_t n = 0; n < 24; n++) { /* two rows of 2, cut off */
        for (int row = 0; row < 2; row++) {
            append_int(&bytes, 2);
            append_float(&bytes, 1);
            append_float(&bytes, 2);
        }
        bytes.size = n;
        int code = open_bytes(f, "x.fvecs", &bytes, &e);
        assert_int_equal(code, n == 12 ? KIN_OK : KIN_E_FORMAT);
        kin_embeddings_close(e);
    }
}

/* The size fits by chance; the second row is another one all the same. */
static void fvecs_of_two_dims(void **state)
{
    fixture *f = *state;
    kin_embeddings *e;
    kin_buffer bytes = KIN_BUFFER_INIT;
    float vector[2];
    uint64_t hash = 7;
    static const int32_t first[] = { 2, 3 };
    for (size_t row = 0; row < 2; row++) {
        append_int(&bytes, first[row]);
        append_float(&bytes, 1);
        append_float(&bytes, 2);
    }
    assert_int_equal(open_bytes(f, "x.fvecs", &bytes, &e), KIN_OK);
    assert_int_equal(kin_embeddings_row(e, 0, vector, &f->err), KIN_OK);
    assert_int_equal(kin_embeddings_row(e, 1, vector, &f->err), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "row 1 says that it has 3 components, the first has 2"));
    assert_int_equal(kin_embeddings_hash(e, NULL, &hash, &f->err), KIN_E_FORMAT);
    assert_int_equal(hash, 7);
    kin_embeddings_close(e);
}

static void a_file_that_shrinks(void **state)
{
    fixture *f = *state;
    kin_embeddings *e;
    kin_buffer bytes = KIN_BUFFER_INIT;
    float vector[3];
    uint64_t hash;
    append_header(&bytes, 1, DICTIONARY);
    for (size_t k = 0; k < 6; k++)
        append_float(&bytes, (float)k);
    assert_int_equal(open_bytes(f, "x.npy", &bytes, &e), KIN_OK);
    assert_int_equal(truncate(in_folder(f, "x.npy"), 140), 0);
    assert_int_equal(kin_embeddings_row(e, 0, vector, &f->err), KIN_OK);
    assert_int_equal(kin_embeddings_row(e, 1, vector, &f->err), KIN_E_IO);
    assert_int_equal(kin_embeddings_hash(e, NULL, &hash, &f->err), KIN_E_IO);
    kin_embeddings_close(e);
}

/* ---- Hashes ---- */

static uint64_t hash_of(fixture *f, size_t rows, size_t changed)
{
    kin_embeddings *e;
    kin_buffer bytes = KIN_BUFFER_INIT;
    uint64_t hash = 0;
    for (size_t row = 0; row < rows; row++) {
        append_int(&bytes, 100);
        for (size_t i = 0; i < 100; i++)
            append_float(&bytes, (float)(row * 100 + i == changed ? 0.5 : (double)i));
    }
    assert_int_equal(open_bytes(f, "x.fvecs", &bytes, &e), KIN_OK);
    assert_int_equal(kin_embeddings_hash(e, NULL, &hash, &f->err), KIN_OK);
    kin_embeddings_close(e);
    return hash;
}

static void the_hash_sees_every_part(void **state)
{
    enum { rows = 12000 }; /* more than 4 MiB */
    fixture *f = *state;
    uint64_t hash = hash_of(f, rows, SIZE_MAX);
    assert_true(hash == hash_of(f, rows, SIZE_MAX));
    assert_true(hash != hash_of(f, rows - 1, SIZE_MAX));
    assert_true(hash != hash_of(f, rows, 1));
    assert_true(hash != hash_of(f, rows, rows * 100 - 1));
}

/* ---- The table of rows ---- */

static int note_row(void *user, uint64_t row, const char *path, const char *shape, kin_error *err)
{
    fixture *f = user;
    if (f->refuse_at && --f->refuse_at == 0)
        return kin_fail(err, KIN_E_STOPPED, "enough");
    kin_buffer_printf(&f->taken, "%llu %s%s%s\n", (unsigned long long)row, path, shape ? "#" : "", shape ? shape : "");
    return KIN_OK;
}

static int read_table(fixture *f, const char *text, uint64_t rows, kin_embedding_rows_summary *summary)
{
    kin_embedding_rows_sink sink = { note_row, note_rejected, f };
    put(f, "rows.csv", text);
    kin_buffer_reset(&f->taken);
    kin_buffer_reset(&f->rejected);
    kin_buffer_string(&f->taken, "");
    kin_buffer_string(&f->rejected, "");
    f->err = (kin_error)KIN_ERROR_INIT;
    return kin_embedding_rows_read(in_folder(f, "rows.csv"), rows, &sink, summary, &f->err);
}

static void rows_in_order(void **state)
{
    fixture *f = *state;
    kin_embedding_rows_summary summary;
    assert_int_equal(read_table(f, "label,Path,shape\r\nx,a b.jpg,\r\n\r\n,\"c,d.jpg\", 7 \n,e.jpg\n", 3, &summary),
                     KIN_OK);
    assert_string_equal(f->taken.data, "0 a b.jpg\n1 c,d.jpg#7\n2 e.jpg\n");
    assert_int_equal(summary.rows, 3);
    assert_int_equal(summary.rejects, 0);
    assert_int_equal(read_table(f, "file_name;annotation_id\na;1\na;2\n", 2, &summary), KIN_OK);
    assert_string_equal(f->taken.data, "0 a#1\n1 a#2\n");
}

static void too_few_and_too_many(void **state)
{
    fixture *f = *state;
    kin_embedding_rows_summary summary;
    assert_int_equal(read_table(f, "path\na\nb\nc\n", 2, &summary), KIN_OK);
    assert_string_equal(f->taken.data, "0 a\n1 b\n");
    assert_string_equal(f->rejected.data, "line 4: a line too many: there are 2 vectors\n");
    assert_int_equal(summary.rejects, 1);
    assert_int_equal(read_table(f, "path\na\nb\nc\n", 8, &summary), KIN_OK);
    assert_string_equal(f->rejected.data, "the end: 3 lines for 8 vectors: no line names the last 5\n");
    assert_int_equal(summary.rows, 3);
    assert_int_equal(summary.rejects, 5);
}

static void rows_by_number(void **state)
{
    fixture *f = *state;
    kin_embedding_rows_summary summary;
    assert_int_equal(read_table(f, "row,path\n9,a\n0,b\n 3 ,c\n", 10, &summary), KIN_OK);
    assert_string_equal(f->taken.data, "9 a\n0 b\n3 c\n");
    assert_int_equal(summary.rejects, 0);
    assert_int_equal(
        read_table(f, "row,path\n10,a\n-1,b\nx,c\n,d\n1.5,e\n99999999999999999999,f\n5,\n4,g\n", 10, &summary), KIN_OK);
    assert_string_equal(f->taken.data, "4 g\n");
    assert_int_equal(summary.rejects, 7);
    assert_non_null(strstr(f->rejected.data, "line 2: row: there are 10 vectors, so 10 is none of them\n"));
    assert_non_null(strstr(f->rejected.data, "line 8: path: it is empty\n"));
}

static void tables_that_are_none(void **state)
{
    fixture *f = *state;
    kin_embedding_rows_summary summary;
    assert_int_equal(read_table(f, "", 2, &summary), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "\"path\""));
    assert_int_equal(read_table(f, "label,shape\na,b\n", 2, &summary), KIN_E_FORMAT);
    assert_int_equal(read_table(f, "path,row,Row\na,1,1\n", 2, &summary), KIN_E_FORMAT);
    assert_int_equal(read_table(f, "path\na\n\"b\n", 2, &summary), KIN_E_FORMAT);
    assert_non_null(strstr(f->err.message, "line 3"));
    assert_int_equal(read_table(f, "path,row\na,0\n\"b,1\n", 2, &summary), KIN_OK);
    assert_int_equal(summary.rejects, 1);
    f->refuse_at = 2;
    assert_int_equal(read_table(f, "path\na\nb\n", 2, &summary), KIN_E_STOPPED);
    assert_int_equal(summary.rows, 1);
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest readable[] = {
        with_folder(every_type_and_version),
        with_folder(every_spelling_of_a_header),
        with_folder(fvecs),
        with_folder(rows_of_any_length),
        with_folder(every_half),
        with_folder(one_row_or_column_has_no_order),
        with_folder(rows_without_a_direction),
        with_folder(the_hash_sees_every_part),
    };
    const struct CMUnitTest refused[] = {
        with_folder(hostile_headers),   with_folder(cut_off_anywhere),
        with_folder(any_byte_changed),  with_folder(a_length_that_is_not_there),
        with_folder(other_files),       with_folder(hostile_fvecs),
        with_folder(fvecs_of_two_dims), with_folder(a_file_that_shrinks),
    };
    const struct CMUnitTest tables[] = {
        with_folder(rows_in_order),
        with_folder(too_few_and_too_many),
        with_folder(rows_by_number),
        with_folder(tables_that_are_none),
    };
    return cmocka_run_group_tests_name("embeddings: what can be read", readable, NULL, NULL) +
           cmocka_run_group_tests_name("embeddings: what is refused", refused, NULL, NULL) +
           cmocka_run_group_tests_name("embeddings: the table of rows", tables, NULL, NULL);
}
