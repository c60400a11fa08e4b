#include "loader.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "signals.h"

#define MOST_STATE ((uint64_t)1 << 40)
#define HUGE_STATE ((uint64_t)4 << 20)

static bool refuse(struct failure *failure, const char *path, const char *what) {
  return fail(failure, STATUS_MACHINE, "object",
              "%s: error: cannot load the compiled program: %s; compile it again", path, what);
}

static bool open_library(struct loaded *loaded, const char *path, struct failure *failure) {
  char name[4096];
  /* Without a slash dlopen() would search the system's library folders. */
  if (snprintf(name, sizeof name, "%s%s", strchr(path, '/') == NULL ? "./" : "", path) >=
      (int)sizeof name)
    return refuse(failure, path, "its name is too long");
  loaded->library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (loaded->library == NULL)
    return refuse(failure, path, dlerror());
  loaded->object = dlsym(loaded->library, "ffpf_object");
  if (loaded->object == NULL)
    return refuse(failure, path, "it has no symbol ffpf_object");
  return true;
}

static bool sound_array(const struct ffpf_object *object, const struct ffpf_array *array) {
  uint64_t bytes = array->bits / 8;
  bool width = array->bits == 8 || array->bits == 16 || array->bits == 32 || array->bits == 64;
  return width && array->name != NULL && array->merge <= FFPF_OR && array->size > 0 &&
         array->offset % bytes == 0 && array->offset <= object->state_size &&
         array->size <= (object->state_size - array->offset) / bytes;
}

static bool check_object(const struct ffpf_object *object, const char *path,
                         struct failure *failure) {
  char text[128];
  if (object->abi != FFPF_ABI_VERSION) {
    snprintf(text, sizeof text, "it has interface version %u and this engine version %u",
             object->abi, FFPF_ABI_VERSION);
    return refuse(failure, path, text);
  }
  if (object->process == NULL || object->init == NULL || object->load == NULL ||
      object->part_count == 0 || object->state_size > MOST_STATE ||
      object->state_words > FFPF_STATE_WORDS)
    return refuse(failure, path, "its description is incomplete");
  for (uint32_t i = 0; i < object->array_count; i++) {
    if (!sound_array(object, &object->arrays[i]))
      return refuse(failure, path, "an array lies outside its state");
  }
  return true;
}

/* Zero pages that come into being when they are touched: a large array costs what is used of it. */
static bool map_state(struct loaded *loaded, struct failure *failure) {
  size_t size = loaded->object->state_size + 64;
  void *state = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (state == MAP_FAILED)
    return fail(failure, STATUS_MACHINE, "memory",
                "error: the program's memory of %llu bytes cannot be allocated; use smaller arrays",
                (unsigned long long)loaded->object->state_size);
  if (size >= HUGE_STATE)
    (void)madvise(state, size, MADV_HUGEPAGE); /* advice: a kernel without it is as good */
  loaded->state = state;
  loaded->mapped = size;
  return true;
}

/* What external functions need before the first packet. */
static bool prepare(struct loaded *loaded, const char *path, struct failure *failure) {
  const char *name = path;
  loaded->prepared = true;
  signals_loading(true);
  const char *reason = loaded->object->load(&name);
  const bool complete = reason == NULL && loaded->object->init(loaded->state);
  signals_loading(false);
  if (reason != NULL)
    return fail(failure, STATUS_MACHINE, "object", "error: the external function %s: %s", name,
                reason);
  if (!complete)
    return fail(failure, STATUS_MACHINE, "memory",
                "error: there is no memory for the external functions of the program");
  return true;
}

bool object_load(struct loaded *loaded, const char *path, struct failure *failure) {
  if (!open_library(loaded, path, failure) || !check_object(loaded->object, path, failure) ||
      !map_state(loaded, failure))
    return false;
  return prepare(loaded, path, failure);
}

void object_close(struct loaded *loaded) {
  if (loaded->prepared) {
    loaded->object->release(loaded->state);
    loaded->object->unload();
  }
  if (loaded->state != NULL)
    munmap(loaded->state, loaded->mapped);
  if (loaded->library != NULL)
    dlclose(loaded->library);
}
