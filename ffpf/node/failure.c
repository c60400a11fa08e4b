#include "failure.h"

#include <stdarg.h>
#include <stdio.h>

bool fail(struct failure *failure, enum ffpf_status status, const char *kind, const char *format,
          ...) {
  if (failed(failure))
    return false;
  failure->status = status;
  failure->kind = kind;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(failure->text, sizeof failure->text, format, arguments);
  va_end(arguments);
  return false;
}
