/* Everything that the C header walk says about one packet, in the order of test_header_walks.py. */
#include "ffpf_headers.h"

void header_walk(const uint8_t *d, uint32_t cap, uint32_t link, int64_t *out);

#define SAY(there, value) *out++ = (there) ? (int64_t)(value) : -1

void header_walk(const uint8_t *d, uint32_t cap, uint32_t link, int64_t *out) {
  struct ffpf_link ln = ffpf_locate_link(d, cap, link);
  struct ffpf_ip v4 = ffpf_locate_ip(&ln, d, cap);
  struct ffpf_ip6 v6 = ffpf_locate_ip6(&ln, d, cap);
  struct ffpf_l4 l4 = ffpf_locate_l4(&v4, &v6, cap);
  struct ffpf_ip ip = v4.present ? v4 : v6.ip;
  SAY(ffpf_has_eth(cap, link), 0);
  SAY(ln.vlan, ln.vlan);
  SAY(ln.vlan2, ln.vlan2);
  SAY(ln.mpls, ln.mpls);
  SAY(ln.pppoe, ln.pppoe);
  SAY(ffpf_has_arp(&ln, cap), ln.net);
  SAY(v4.present, ln.net);
  SAY(v6.ip.present, ln.net);
  SAY(v6.hopopts, v6.hopopts);
  SAY(v6.routing, v6.routing);
  SAY(v6.frag6, v6.frag6);
  SAY(ffpf_has_ah(&v6, &l4), ffpf_ah(&v6, &l4));
  SAY(v6.dstopts, v6.dstopts);
  SAY(ffpf_has_tcp(&l4, d), l4.at);
  SAY(ffpf_has_udp(&l4, d), l4.at);
  SAY(ffpf_has_sctp(&l4), l4.at);
  SAY(ffpf_has_ports(&l4, d), l4.at);
  SAY(ffpf_has_icmp(&l4), l4.at);
  SAY(ffpf_has_icmp6(&l4), l4.at);
  SAY(ffpf_has_igmp(&l4), l4.at);
  SAY(ffpf_has_gre(&l4), l4.at);
  SAY(ffpf_has_esp(&l4), l4.at);
  SAY(ffpf_has_vxlan(&l4, d), l4.at + 8);
  SAY(ffpf_has_geneve(&l4, d), l4.at + 8);
  SAY(ffpf_has_dns(&l4, d), l4.at + 8);
  SAY(ffpf_has_arp_ipv4(&ln, d, cap), ln.net);
  SAY(ffpf_has_icmp_echo(&l4, d), l4.at);
  SAY(ffpf_has_icmp6_echo(&l4, d), l4.at);
  SAY(ffpf_has_gre_key(&l4, d), ffpf_gre_key(&l4, d));
  SAY(ffpf_has_l3(&ln, cap), ln.net);
  SAY(l4.present, l4.at);
  SAY(ffpf_has_l7(&l4, d), ffpf_l7(&l4, d));
  SAY(ip.present, ip.proto);
  SAY(ip.present, ip.end);
  SAY(ip.present, ip.fragment);
  SAY(ip.present, ip.later);
}
