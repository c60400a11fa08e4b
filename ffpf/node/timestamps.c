#include "timestamps.h"

__extension__ typedef unsigned __int128 wide;

static uint64_t power_of_ten(uint32_t exponent) {
  uint64_t power = 1;
  while (exponent-- > 0)
    power *= 10;
  return power;
}

static bool is_binary(const struct interface *interface) {
  return (interface->resolution & RESOLUTION_BINARY) != 0;
}

void timestamp_prepare(struct interface *interface) {
  uint8_t power = interface->resolution & 0x7f;
  interface->multiplier = interface->divisor = 1;
  if (is_binary(interface))
    return;
  if (power <= RESOLUTION_NANO)
    interface->multiplier = power_of_ten(RESOLUTION_NANO - power);
  else
    interface->divisor = power_of_ten(power - RESOLUTION_NANO);
}

/* Binary resolutions are at most 2^-63, so the shift is in range. */
static uint32_t binary_fraction(const struct interface *interface, uint64_t ticks) {
  uint8_t power = interface->resolution & 0x7f;
  uint64_t fraction = ticks & (((uint64_t)1 << power) - 1);
  return (uint32_t)(((wide)fraction * NANOSECONDS) >> power);
}

uint64_t timestamp_nanoseconds(const struct interface *interface, uint64_t ticks) {
  uint64_t offset = (uint64_t)interface->offset * NANOSECONDS;
  if (is_binary(interface)) {
    uint64_t seconds = ticks >> (interface->resolution & 0x7f);
    return seconds * NANOSECONDS + binary_fraction(interface, ticks) + offset;
  }
  if (interface->divisor == 1)
    return ticks * interface->multiplier + offset;
  return ticks / interface->divisor + offset;
}

void timestamp_split(const struct interface *interface, uint64_t ticks, uint64_t *seconds,
                     uint32_t *nanoseconds) {
  if (is_binary(interface)) {
    *seconds = ticks >> (interface->resolution & 0x7f);
    *nanoseconds = binary_fraction(interface, ticks);
  } else {
    uint64_t second = power_of_ten(interface->resolution);
    *seconds = ticks / second;
    *nanoseconds = (uint32_t)(ticks % second * interface->multiplier / interface->divisor);
  }
  *seconds += (uint64_t)interface->offset;
}
