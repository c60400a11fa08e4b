#!/bin/sh
# What `make demo` shows: a program compiled, run on the sample capture, drawn, and what it delivered.
set -eu
cd "$(dirname "$0")/.."
ffpf=.venv/bin/ffpf
program=examples/figure4.fpl
sample=examples/sample.pcap
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if [ -t 1 ]; then bold='\033[1m' plain='\033[0m'; else bold='' plain=''; fi
step() {
    printf "\n$bold\$ %s$plain\n" "$*"
}

step cat $program
cat $program

step ffpf compile $program -o DIR
$ffpf compile $program -o "$folder/compiled"
ls "$folder/compiled"

step ffpf run $program -r $sample
$ffpf run $program -r $sample

step ffpf graph $program
$ffpf graph $program

step "ffpf run $program -r $sample -w - | tcpdump -nn -c 8 -r -"
# tcpdump leaves after eight packets; that closes the pipe, which ends ffpf without a word.
$ffpf run $program -r $sample -w - | tcpdump -nn -c 8 -r - 2>/dev/null

# The same idea over four machines: the paper's Figure 5.
split=examples/figure5.fpl
nodes=examples/nodes/figure2.toml

step cat $split
cat $split

step ffpf graph $split --nodes $nodes
$ffpf graph $split --nodes $nodes
mkdir -p build
step ffpf graph $split --nodes $nodes -o build/figure5.svg
$ffpf graph $split --nodes $nodes -o build/figure5.svg
printf 'the picture is build/figure5.svg\n'

step ffpf compile $split --nodes $nodes -o DIR
$ffpf compile $split --nodes $nodes -o "$folder/nodes"
step cat DIR/N2.fpl
cat "$folder/nodes/N2.fpl"

step ffpf run $split --nodes $nodes -r $sample
$ffpf run $split --nodes $nodes -r $sample
