"""All nodes of a split program interpreted, for the driver of the interpreter (ffpf/interp_run.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ffpf.registry import twins
from ffpf.results import NodeResults
from fpl3.interpreter import Outcome, Packet
from fpl3.interpreter.outcome import Run
from fpl3.split.tree_run import TreeInterpreter, merged_memory

if TYPE_CHECKING:
    from ffpf.distribute import Network
    from fpl3.check.program import Checked
    from fpl3.externs import Instance


class TreeMachine:
    """State of external functions that several nodes call commutes: one twin serves all of them."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.whole = network.distributed.program
        self.twins: dict[str, Any] = dict(twins(self.whole.externs))
        shared = {name: self._shared(checked) for name, checked in network.programs.items()}
        self.tree = TreeInterpreter(network.distributed, network.programs, shared)
        self.wants_ethernet = network.wants_ethernet

    def run(self, packet: Packet) -> Outcome:
        done = self.tree.run(packet)
        return Outcome(
            [Run(run.part, run.ending, run.verdict, run.data) for run in done.runs],
            [frame for _, frame in done.transmitted],
            done.alerts,
        )

    def memory(self) -> dict[str, list[int]]:
        return merged_memory(self.whole, self.tree, self.network.programs)

    def nodes(self) -> dict[str, NodeResults]:
        tree, topology = self.tree, self.network.topology
        found = {}
        for name in topology.names:
            sent = {link.receiver: tree.sent[name, link.receiver] for link in topology.next_hops(name)}
            lost: dict[str, dict[str, int]] = {}
            for (sender, receiver, reason), count in sorted(tree.losses.items()):
                if sender == name:
                    lost.setdefault(receiver, {})[reason] = count
            counts = tree.packets[name], tree.runs[name], tree.delivered[name]
            found[name] = NodeResults("interp", *counts, sent, lost, 0.0)
        return found

    def _shared(self, checked: Checked) -> dict[str, Any]:
        by = {instance_key(instance): self.twins[instance.name] for instance in self.whole.externs}
        return {instance.name: by[instance_key(instance)] for instance in checked.externs}


def instance_key(instance: Instance) -> tuple[Any, ...]:
    """What instances in two programs of one text have in common; those without a name are numbered by
    each program on its own."""
    named = "" if instance.name[0].isdigit() else instance.name
    return named, instance.extern.name, instance.options
