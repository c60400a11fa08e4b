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
