#ifndef KIN_TEST_H
#define KIN_TEST_H
/* cmocka needs these four before it, in this order. */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#endif
