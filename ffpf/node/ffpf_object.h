/*
 * The interface between the node engine and a compiled FPL-3 program (an "object").
 *
 * An object is a shared library that exports one symbol, `ffpf_object`. The engine checks the
 * version, allocates `state_size` zeroed bytes (64-byte aligned), calls init() once and then
 * process() for every batch. Nothing here allocates on the packet path; what does not fit into the
 * preallocated queues goes through the host's cold functions.
 */
#ifndef FFPF_OBJECT_H
#define FFPF_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FFPF_ABI_VERSION 4u
#define FFPF_BATCH 64u

/* Why a run was aborted; the order is that of the ledger in the results. */
enum ffpf_abort {
  FFPF_OUT_OF_BOUNDS,
  FFPF_ABSENT_FIELD,
  FFPF_MEMORY_INDEX,
  FFPF_DIVISION,
  FFPF_LOOP_BUDGET,
  FFPF_ABORTS
};

/* One packet as the source read it. `data` has `caplen` readable bytes and the engine guarantees 64
 * readable bytes behind them (any value), so that a program may load a word over the end after it
 * has checked its own bytes. */
struct ffpf_packet {
  const uint8_t *data;
  uint64_t timestamp; /* nanoseconds since 1970 */
  uint32_t caplen;    /* at most FFPF_MAX_CAPLEN */
  uint32_t len;       /* length on the wire */
  uint16_t port;      /* input port */
  uint16_t origin;    /* of a packet from another node; else 0 */
  uint32_t source;    /* the engine's own: the interface or file the packet came from */
};
#define FFPF_MAX_CAPLEN (16u << 20)

/* One delivery of a "wide" object, one with SPLIT bodies or packet writes. */
struct ffpf_delivery {
  const uint8_t *data; /* the packet as that run left it; caplen bytes, good until the batch ends */
  uint32_t index;      /* of the packet in the batch */
  uint32_t part;       /* 0 is the main program */
  uint32_t verdict;    /* never 0 */
};

/* What a transmitted frame was readdressed by: an engine whose packets have lost their addresses on
 * the way writes the bytes of the source that the program has not written. */
enum ffpf_next_hop { FFPF_TO_IP, FFPF_TO_MAC, FFPF_TO_MAC_WITH_ID };

/* A transmitted frame: `caplen` bytes at `data` (a copy of its own, good until the batch ends) of a
 * packet of the batch. */
struct ffpf_transmit {
  const uint8_t *data;
  uint32_t index;
  uint32_t caplen;
  uint32_t to; /* enum ffpf_next_hop */
};

/* A packet for next hop number `hop` of the node (SPLIT over nodes): its bytes as the run had them,
 * good until the batch ends, as many as the packet has. One state word is in `word`; more are at
 * `words`, ffpf_object.state_words of them. */
struct ffpf_send {
  const uint8_t *data;
  const uint32_t *words;
  uint32_t index;
  uint32_t word;
  uint16_t hop, origin;
};
#define FFPF_STATE_WORDS 27u /* the most: 108 bytes in a geneve option */

/* A raised alert: packet of the batch, part, and number of the rule in the object's rule table. */
struct ffpf_event {
  uint32_t index;
  uint32_t part;
  uint32_t rule;
};

struct ffpf_context;

/* Cold functions of the engine. Each makes room (the queues' pointers and capacities in the context
 * change) or, out of memory, does not return. `arena` returns `size` bytes good until the batch
 * ends. */
struct ffpf_host {
  void (*grow_deliveries)(struct ffpf_context *context);
  void (*grow_transmits)(struct ffpf_context *context);
  void (*grow_events)(struct ffpf_context *context);
  void (*grow_sends)(struct ffpf_context *context);
  uint8_t *(*arena)(struct ffpf_context *context, size_t size);
};

/* Everything an object writes while it processes a batch. The engine sets the counts to 0 before
 * each batch and reads the queues after it.
 *
 * A narrow object delivers a packet at most once and as it is: it sets `wanted` and, unless its
 * deliveries are all alike, the verdicts of those packets. A wide one appends to `deliveries` in
 * the order of packets; within a packet in the order in which runs end (the engine sorts by part,
 * stably). */
struct ffpf_context {
  uint64_t wanted;               /* bit i: packet i of the batch is delivered */
  uint32_t verdicts[FFPF_BATCH]; /* of the packets in `wanted`, if ffpf_object.verdict is 0 */
  struct ffpf_delivery *deliveries;
  uint32_t delivery_count, delivery_capacity;
  uint32_t transmit_count, transmit_capacity;
  struct ffpf_transmit *transmits;
  struct ffpf_event *events;
  uint32_t event_count, event_capacity;
  struct ffpf_send *sends;
  uint32_t send_count, send_capacity;
  const uint32_t *states;          /* state_words of the object for each packet of the batch */
  uint64_t runs;                   /* every run that ended, of every part; only ever added to */
  uint64_t aborts[FFPF_ABORTS];    /* the same */
  uint8_t *arena_next, *arena_end; /* bump allocation; arena() when it does not suffice */
  const struct ffpf_host *host;
  void *engine;
};

enum ffpf_merge { FFPF_SUM, FFPF_MAX, FFPF_MIN, FFPF_OR };

/* A persistent array inside the state. */
struct ffpf_array {
  const char *name;
  uint64_t offset; /* bytes from the start of the state */
  uint64_t size;   /* elements */
  uint32_t bits;   /* 8, 16, 32, 64 */
  uint32_t is_signed;
  uint32_t merge;
};

/* What an external function says at the end: rows of named values. Names and texts are copied. */
struct ffpf_show {
  void (*row)(struct ffpf_show *show); /* begins a row; the values that follow are in it */
  void (*number)(struct ffpf_show *show, const char *name, uint64_t value);
  void (*real)(struct ffpf_show *show, const char *name, double value);
  void (*text)(struct ffpf_show *show, const char *name, const char *value);
  void *to;
};

/* An instance of an external function that has persistent state (else size 0) or something to show.
 */
struct ffpf_extern_state {
  const char *name, *function; /* an instance without a name is called FUNCTION#NUMBER */
  const char *options; /* the numbers among them; a state is carried over between equal ones only */
  uint64_t offset, size;
  void (*show)(const void *state, struct ffpf_show *show); /* of the whole state; may be NULL */
  /* Adds the instance's state in another object, `from`, to that at `into` (not the whole states,
   * whose layouts differ). NULL without state. Only between instances of equal function and key. */
  void (*merge)(void *into, const void *from);
  const char *key; /* equal for equal options, texts included */
};

struct ffpf_rule {
  const char *message;
  const char *classification;
  uint32_t gid, sid, rev, priority;
};

#define FFPF_OBJECT_WIDE 1u     /* delivers by the queue; packets may be copied into the arena */
#define FFPF_OBJECT_NAMED 2u    /* uses named fields: the link type must be one of FFPF's list */
#define FFPF_OBJECT_ETHERNET 4u /* TX(Mac): the input must be Ethernet */
#define FFPF_OBJECT_ORDERED 8u  /* reads what it writes: one thread */

struct ffpf_object {
  uint32_t abi;
  uint32_t flags;
  const char *name;
  uint64_t state_size;
  const struct ffpf_array *arrays;
  uint32_t array_count;
  uint32_t part_count;
  uint32_t hop_count;   /* of the program of one node: its next hops, */
  uint32_t state_words; /* and how many state words cross; else 0 */
  uint32_t verdict;     /* of a narrow object: that of every delivery; 0: see context.verdicts */
  const struct ffpf_rule *rules;
  uint32_t rule_count;
  /* Called once, before everything else: NULL, or why it cannot be used and the instance's name. */
  const char *(*load)(const char **name);
  void (*unload)(void);
  /* Sets zeroed memory to its start values; false: no memory for what external functions need.
   * `release` gives that back, whatever init returned. */
  bool (*init)(void *state);
  void (*release)(void *state);
  /* Processes `count` <= FFPF_BATCH packets of one link type (a LINKTYPE_ number). FFPF_BATCH more
   * descriptors behind packets[count - 1] are readable; process may prefetch what their `data`
   * points to and never reads it, so stale and NULL pointers are harmless. */
  void (*process)(struct ffpf_context *context, void *state, const struct ffpf_packet *packets,
                  uint32_t count, uint32_t link);
  /* Adds the state `from` into `into` by the arrays' merge functions. */
  void (*merge)(void *into, const void *from);
  const struct ffpf_extern_state *externs;
  uint32_t extern_count;
  /* Takes over the memory of the program that this one replaces: arrays of the same name, type and
   * size are copied, states of externs go through their own function. `into` has been through init.
   */
  void (*carry)(void *into, const void *from, const struct ffpf_object *old);
};

#endif
