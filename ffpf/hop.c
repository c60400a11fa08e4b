/*
 * Measures what a hop over the network costs the kernel of this machine: `hop PACKETS BYTES` sends
 * datagrams to itself over the loopback interface, 64 a system call, and prints the nanoseconds of
 * processor time that sending and taking one took. The loopback interface does the work of the
 * receiving driver while it sends: the sum is that of a real hop, the halves are not.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define MOST_BYTES 9000

static char data[BATCH][MOST_BYTES];
static struct iovec vectors[BATCH];
static struct mmsghdr messages[BATCH];

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int connected_to_itself(void) {
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) ||
      getsockname(fd, (struct sockaddr *)&address, &size) ||
      connect(fd, (struct sockaddr *)&address, size)) {
    perror("hop");
    exit(1);
  }
  return fd;
}

int main(int argc, char **argv) {
  long packets = argc > 1 ? atol(argv[1]) : 0, bytes = argc > 2 ? atol(argv[2]) : 0;
  if (packets <= 0 || bytes <= 0 || bytes > MOST_BYTES)
    return 2;
  int fd = connected_to_itself();
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){data[i], (size_t)bytes};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  double sending = 0, taking = 0;
  long taken = 0;
  while (taken < packets) {
    double start = seconds();
    int sent = sendmmsg(fd, messages, BATCH, 0);
    double middle = seconds();
    int got = sent > 0 ? recvmmsg(fd, messages, (unsigned)sent, MSG_DONTWAIT, NULL) : 0;
    double end = seconds();
    if (sent <= 0 || got <= 0) {
      perror("hop");
      return 1;
    }
    taken += got;
    sending += middle - start;
    taking += end - middle;
  }
  printf("%.1f %.1f\n", sending / (double)taken * 1e9, taking / (double)taken * 1e9);
  close(fd);
  return 0;
}
