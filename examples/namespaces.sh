#!/bin/sh
# The paper's Figure 5 on the nodes of its Figure 2, each in a network namespace of its own: what four
# machines and three cables would do. As root, from anywhere: sudo sh examples/namespaces.sh
#
# Only namespaces that this script made are touched, and they are removed however it ends.
set -eu
cd "$(dirname "$0")/.."
ffpf=${FFPF:-.venv/bin/ffpf}
python=${PYTHON:-.venv/bin/python}
program=examples/figure5.fpl
nodes=examples/nodes/figure2.toml
sample=examples/sample.pcap

if [ "$(id -u)" != 0 ]; then
    echo "namespaces.sh: making network namespaces needs root: sudo sh $0" >&2
    exit 3
fi
for tool in ip "$ffpf" "$python"; do
    command -v "$tool" >/dev/null || { echo "namespaces.sh: $tool is not there" >&2; exit 3; }
done

folder=$(mktemp -d)
mark=ffpf$$ # the names of the namespaces begin with it
made= started=

clean() {
    trap - EXIT INT TERM HUP
    for process in $started; do kill "$process" 2>/dev/null || true; done
    wait 2>/dev/null || true
    for name in $made; do ip netns delete "$name" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap clean EXIT
trap 'exit 130' INT TERM HUP

# The kernel's own packets (neighbour discovery, multicast) are none of the program's.
namespace() {
    ip netns add "$mark$1"
    made="$made $mark$1"
    ip netns exec "$mark$1" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' 2>/dev/null || true
}

# cable A IFACE MAC B IFACE MAC: both ends are born in their namespaces.
cable() {
    ip link add "$2" netns "$mark$1" address "$3" type veth peer name "$5" netns "$mark$4" address "$6"
    ip -n "$mark$1" link set "$2" up
    ip -n "$mark$4" link set "$5" up
}

for name in source N0 N1 N2 N3; do namespace "$name"; done
cable source out 02:00:00:00:ff:01 N0 eth0 02:00:00:00:00:10
cable N0 eth1 02:00:00:00:00:11 N1 eth0 02:00:00:00:01:10
cable N0 eth2 02:00:00:00:00:12 N2 eth0 02:00:00:00:02:10
cable N0 eth3 02:00:00:00:00:13 N3 eth0 02:00:00:00:03:10

# One node after the other: all of them want the same compiled engine.
for name in N3 N2 N1 N0; do
    : >"$folder/$name.err"
    ip netns exec "$mark$name" "$ffpf" node $program --name $name --nodes $nodes \
        >"$folder/$name" 2>"$folder/$name.err" &
    started="$started $!"
    tries=0
    until grep -q 'is ready' "$folder/$name.err"; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ] || ! kill -0 $! 2>/dev/null; then
            echo "namespaces.sh: $name did not start:" >&2
            cat "$folder/$name.err" >&2
            exit 1
        fi
        sleep 0.1
    done
    cat "$folder/$name.err"
done

printf '\nreplaying %s into N0\n' $sample
ip netns exec "${mark}source" "$python" - $sample <<'END'
import socket, struct, sys

data, at = open(sys.argv[1], "rb").read(), 24
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
    out.bind(("out", 0))
    while at < len(data):
        caplen = struct.unpack_from("<I", data, at + 8)[0]
        out.send(data[at + 16 : at + 16 + caplen].ljust(60, b"\0"))
        at += 16 + caplen
END
sleep 1

# The splitter first: then what it has sent still finds its nodes.
set -- $started
for process in "$4" "$3" "$2" "$1"; do
    kill -TERM "$process"
    wait "$process"
done
started=
for name in N0 N1 N2 N3; do
    printf '\n%s\n' "$name"
    cat "$folder/$name"
done
