#include "exchange/job_kept.h"

#include "base/checked.h"

#include <stdint.h>
#include <stdlib.h>

const char *kin_exchange__row_path(const kin_job_row *row)
{
    return row->path ? row->path : row->item;
}

bool kin_exchange__labels_add(kin_exchange__labels *labels, const char *label)
{
    bool added;
    if (!label || !label[0])
        return true;
    if (!kin_table_add(&labels->numbers, label, (int64_t)labels->count, &added))
        return false;
    if (!added)
        return true;
    bool grown = KIN_GROW(&labels->list, &labels->capacity, labels->count + 1);
    const char *own = grown ? kin_arena_string(&labels->arena, label) : NULL;
    if (own)
        labels->list[labels->count++] = own;
    return own != NULL;
}

void kin_exchange__labels_clear(kin_exchange__labels *labels)
{
    kin_table_clear(&labels->numbers);
    kin_arena_clear(&labels->arena);
    free(labels->list);
}

static const char *copy(kin_exchange__kept *kept, const char *text, bool *failed)
{
    const char *own = kin_arena_string(&kept->arena, text);
    *failed |= text && !own;
    return own;
}

static bool copy_row(kin_exchange__kept *kept, const kin_job_row *row, kin_job_row *out)
{
    bool failed = false;
    *out = *row;
    out->item = copy(kept, row->item, &failed);
    out->label = copy(kept, row->label, &failed);
    out->verdict = copy(kept, row->verdict, &failed);
    out->should_be = copy(kept, row->should_be, &failed);
    out->kind = copy(kept, row->kind, &failed);
    out->note = copy(kept, row->note, &failed);
    out->reviewer = copy(kept, row->reviewer, &failed);
    out->time = copy(kept, row->time, &failed);
    out->path = copy(kept, kin_exchange__row_path(row), &failed);
    out->shape = copy(kept, row->shape, &failed);
    return !failed;
}

static kin_exchange__kept_image *image_of(kin_exchange__kept *kept, const kin_job_row *row)
{
    bool added;
    const int64_t *place = kin_table_add(&kept->by_path, row->path, (int64_t)kept->image_count, &added);
    if (!place)
        return NULL;
    if (!added)
        return &kept->images[*place];
    if (!KIN_GROW(&kept->images, &kept->image_capacity, kept->image_count + 1))
        return NULL;
    kin_exchange__kept_image *image = &kept->images[kept->image_count++];
    *image = (kin_exchange__kept_image) { row->path, row->image_width, row->image_height, SIZE_MAX, SIZE_MAX };
    return image;
}

bool kin_exchange__keep(kin_exchange__kept *kept, const kin_job_row *row)
{
    if (!KIN_GROW(&kept->rows, &kept->row_capacity, kept->row_count + 1))
        return false;
    kin_exchange__kept_row *own = &kept->rows[kept->row_count];
    own->next = SIZE_MAX;
    if (!copy_row(kept, row, &own->row))
        return false;
    kin_exchange__kept_image *image = image_of(kept, &own->row);
    if (!image)
        return false;
    if (image->last == SIZE_MAX)
        image->first = kept->row_count;
    else
        kept->rows[image->last].next = kept->row_count;
    image->last = kept->row_count++;
    return true;
}

void kin_exchange__kept_clear(kin_exchange__kept *kept)
{
    kin_table_clear(&kept->by_path);
    kin_arena_clear(&kept->arena);
    free(kept->rows);
    free(kept->images);
}
